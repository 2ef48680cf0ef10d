import type { EndpointCreated, PredictionRequest, PredictionResponse } from '@millrace/contracts';
import type { Context } from '../platform/context';
import type { FoundRecord } from './find-response';
import type { StoryNode } from './story';

/** What every chapter may look at. `request` is null when retention took it; `response` when there is none yet. */
export interface Scene {
  readonly context: Context;
  readonly requestId: string;
  readonly endpoint: EndpointCreated;
  readonly request: FoundRecord<PredictionRequest> | null;
  readonly response: FoundRecord<PredictionResponse> | null;
  /** What the chapters before have told. */
  readonly nodes: readonly StoryNode[];
  readonly note: (text: string) => void;
}

/** One part of the story. It reads what it needs from topics and gives its nodes; [] when there is nothing to tell. */
export type Chapter = (scene: Scene) => Promise<readonly StoryNode[]>;

export const nodesOfKind = ({ nodes }: Scene, ...kinds: readonly string[]): StoryNode[] =>
  nodes.filter(({ kind }) => kinds.includes(kind));
