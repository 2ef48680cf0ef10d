import { serveJob } from '@millrace/data';
import { type PackagedSnapshot, type PackageJobInput, packageSnapshot } from './package-job';

serveJob<PackageJobInput, PackagedSnapshot>((input) => packageSnapshot(input));
