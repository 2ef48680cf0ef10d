import { defineSettings } from '@millrace/service';

/** None beside those of every service: what governance demands is data, on its own topics. */
export const governanceSettings = defineSettings({});
