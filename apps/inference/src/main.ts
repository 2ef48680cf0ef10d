import { bootstrapService } from '@millrace/service';
import { inferenceFlow } from './inference.flow';
import { InferenceModule } from './inference.module';
import { inferenceSettings } from './inference.settings';

void bootstrapService({ name: 'inference', module: InferenceModule, flow: inferenceFlow, settings: inferenceSettings });
