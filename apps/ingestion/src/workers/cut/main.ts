import { serveJob } from '@millrace/data';
import type { CutDataset } from '../../domain/snapshot-dataset';
import { type CutJobInput, type CutProgress, cutDataset } from './cut-job';

serveJob<CutJobInput, CutDataset, CutProgress>((input, { progress }) => cutDataset(input, progress));
