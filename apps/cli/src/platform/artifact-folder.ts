import type { ArtifactStore } from '@millrace/artifacts';
import { CliError, EXIT } from '../terminal/cli-error';
import type { Platform } from './find-platform';

/** The artifact store, read only. Every file is checked against its digest before it is used. */
export async function openArtifacts({ artifacts }: Platform, folder = artifacts): Promise<ArtifactStore> {
  if (!folder)
    throw new CliError(
      'Model files are needed, and where they lie is not known: give --artifacts <folder>, set MILLRACE_ARTIFACTS, or run it where npm start runs.',
      EXIT.usage,
    );
  const { FileArtifactStore } = await import('@millrace/artifacts');
  return new FileArtifactStore(folder);
}
