"""Makes the .onnx files of this folder: small models as other people's exporters write them.

    pip install skl2onnx onnxmltools lightgbm xgboost pandas scikit-learn
    python libs/onnx/test/exports/export.py

skl2onnx 1.x, onnxmltools 1.x; the files are committed, so nobody needs to run this.
"""

from pathlib import Path

import lightgbm
import numpy as np
import onnxmltools
import pandas as pd
import xgboost
from onnxmltools.convert.common.data_types import FloatTensorType as Floats
from skl2onnx import convert_sklearn, to_onnx
from skl2onnx.common.data_types import FloatTensorType, StringTensorType
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import GradientBoostingRegressor, RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

rng = np.random.default_rng(0)
rows = 600
frame = pd.DataFrame(
    {
        "origin": rng.choice(["A", "B", "C"], rows),
        "distance": rng.normal(size=rows).astype(np.float32),
        "hour": rng.normal(size=rows).astype(np.float32),
    }
)
late = (frame.distance + (frame.origin == "A") + rng.normal(size=rows) * 0.3 > 0).astype(int)
x = frame[["distance", "hour"]].to_numpy()
plain = {"zipmap": False}

numbers = make_pipeline(SimpleImputer(), StandardScaler())
prepare = ColumnTransformer(
    [("numbers", numbers, ["distance", "hour"]), ("categories", OneHotEncoder(handle_unknown="ignore"), ["origin"])]
)
pipeline = Pipeline([("prepare", prepare), ("model", LogisticRegression())]).fit(frame, late)
columns = [("origin", StringTensorType([None, 1])), ("distance", FloatTensorType([None, 1])), ("hour", FloatTensorType([None, 1]))]

models = {
    "sklearn-pipeline": convert_sklearn(pipeline, initial_types=columns, options=plain),
    "sklearn-zipmap": to_onnx(LogisticRegression().fit(x, late), x[:1]),
    "sklearn-forest": to_onnx(RandomForestClassifier(3, max_depth=3).fit(x, late), x[:1], options=plain),
    "sklearn-perceptron": to_onnx(MLPClassifier((8,)).fit(x, late), x[:1], options=plain),
    "sklearn-boosting": to_onnx(GradientBoostingRegressor(n_estimators=3).fit(x, x[:, 0]), x[:1]),
    "lightgbm": onnxmltools.convert_lightgbm(
        lightgbm.LGBMClassifier(n_estimators=3, num_leaves=5, verbose=-1).fit(x, late),
        initial_types=[("x", Floats([None, 2]))],
        zipmap=False,
    ),
    "xgboost": onnxmltools.convert_xgboost(
        xgboost.XGBClassifier(n_estimators=3, max_depth=3).fit(x, late), initial_types=[("x", Floats([None, 2]))]
    ),
}
for name, model in models.items():
    (Path(__file__).parent / f"{name}.onnx").write_bytes(model.SerializeToString())
