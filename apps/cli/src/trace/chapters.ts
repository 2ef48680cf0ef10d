import { commandsChapter } from './chapters/commands-chapter';
import { endpointChapter } from './chapters/endpoint-chapter';
import { modelChapter } from './chapters/model-chapter';
import { outcomeChapter } from './chapters/outcome-chapter';
import { releaseChapter } from './chapters/release-chapter';
import { servingChapter } from './chapters/serving-chapter';
import { treeHeadChapter } from './chapters/tree-head-chapter';
import type { Chapter } from './scene';

/**
 * The story of a request, in the order of telling: each chapter sees the nodes of those before. What comes to be known about
 * a request (a verdict, an approval) is a chapter of its own here.
 */
export const CHAPTERS: readonly Chapter[] = [
  modelChapter,
  releaseChapter,
  endpointChapter,
  servingChapter,
  outcomeChapter,
  treeHeadChapter,
  commandsChapter,
];
