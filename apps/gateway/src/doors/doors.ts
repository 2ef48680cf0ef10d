import type { Type } from '@nestjs/common';
import { ArtifactsController } from './artifacts.controller';
import { CommandsController } from './commands.controller';
import { InferenceController } from './inference.controller';
import { LiveController } from './live.controller';
import { ProfilesController } from './profiles.controller';
import { QueriesController } from './queries.controller';

/** Every controller with routes. The one with the catch-all collection comes last. */
export const DOORS: readonly Type[] = [
  LiveController,
  CommandsController,
  ArtifactsController,
  InferenceController,
  ProfilesController,
  QueriesController,
];
