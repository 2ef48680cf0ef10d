import { type Chapter, nodesOfKind } from '../scene';
import { idOf, type StoryNode } from '../story';

/** The request and its response, with the micro-batch that they went through. */
export const servingChapter: Chapter = async (scene) => {
  const { request, response, endpoint } = scene;
  const nodes: StoryNode[] = [];
  if (request) {
    const { caller, eventTime, deadline, features } = request.data;
    nodes.push({
      ...placed(request),
      kind: 'request',
      title: `${request.data.requestId} to ${endpoint.endpoint}, major ${endpoint.major}`,
      details: { features, caller, eventTime, deadline, key: request.key, schemaId: request.schemaId },
      from: nodesOfKind(scene, 'endpoint').map(({ id }) => id),
    });
  }
  if (response) {
    const { status, reasonCode, outputs, warnings, decision, runtime, decidedAt, releaseRevision } = response.data;
    const from = [...nodes.map(({ id }) => id), ...nodesOfKind(scene, 'release').map(({ id }) => id)];
    nodes.unshift({
      ...placed(response),
      kind: 'response',
      title:
        `${status}${reasonCode === null ? '' : `/${reasonCode}`} ${outputs === null ? '' : JSON.stringify(outputs)}`.trim(),
      details: { decision, warnings, releaseRevision, runtime, decidedAt },
      from,
    });
  }
  return nodes;
};

const placed = ({ place, at }: { place: StoryNode['place'] & object; at: number }) => ({
  id: idOf(place),
  place,
  at,
  eventId: null,
  causationId: null,
});
