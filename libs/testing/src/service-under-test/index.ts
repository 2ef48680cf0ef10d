export { clearTables, type Environment, type Installation, makeInstallation, strangerSigner } from './installation';
export { type CommandOptions, type Fact, ServiceUnderTest } from './service-under-test';
