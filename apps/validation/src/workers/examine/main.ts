import { serveJob } from '@millrace/data';
import type { Examined } from '../../domain/judge-dataset';
import { type ExamineJobInput, examine } from './examine-job';

serveJob<ExamineJobInput, Examined>((input) => examine(input));
