/** Injection tokens of what is an interface; classes (KafkaClient, UnitOfWork ...) are injected by their type. */
export const CLOCK = Symbol('Clock');
export const IDS = Symbol('Ids');
export const LOGGER = Symbol('Logger');
export const ARTIFACT_STORE = Symbol('ArtifactStore');
/** The values of the service's own settings (`ServiceOptions.settings`). */
export const SETTINGS = Symbol('Settings');
