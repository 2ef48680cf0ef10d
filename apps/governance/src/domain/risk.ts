import type { ClassificationRefused, ModelClassified, NoticeAttached, RiskClass } from '@millrace/contracts';

/** What is known about the harm that a model can do. */
export interface Risk {
  /** UNKNOWN: nobody has classified it. */
  readonly riskClass: RiskClass;
  readonly reasons: readonly string[];
  /** Empty: not said. */
  readonly purpose: string;
  /** Empty: there is none. */
  readonly notice: string;
}

export type RiskFact =
  | { readonly type: 'ModelClassified'; readonly data: ModelClassified }
  | { readonly type: 'NoticeAttached'; readonly data: NoticeAttached }
  | { readonly type: 'ClassificationRefused'; readonly data: ClassificationRefused };

export const noRisk = (): Risk => ({ riskClass: 'UNKNOWN', reasons: [], purpose: '', notice: '' });

/** The only writer of the state: also used by a rebuild from `governance.risks.v1`. */
export function evolveRisk(risk: Risk, fact: RiskFact): Risk {
  switch (fact.type) {
    case 'ModelClassified': {
      const { riskClass, reasons, purpose } = fact.data;
      return { ...risk, riskClass, reasons, purpose };
    }
    case 'NoticeAttached':
      return { ...risk, notice: fact.data.notice };
    case 'ClassificationRefused':
      return risk;
  }
}
