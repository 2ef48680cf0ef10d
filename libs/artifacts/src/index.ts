export { type ArtifactStore, isDigest, type StoredArtifact } from './artifact-store';
export { FileArtifactStore, type FileArtifactStoreOptions } from './file-artifact-store';
