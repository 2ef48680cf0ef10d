import { Topics } from '@millrace/contracts';
import { covers, HeadFinder } from '../../audit/head-finder';
import { type Chapter, nodesOfKind } from '../scene';
import { idOf } from '../story';

/** The first signed tree head that covers the response (or the request, as long as there is none): from then on a change is found. */
export const treeHeadChapter: Chapter = async (scene) => {
  const told = nodesOfKind(scene, 'response', 'request').filter(({ place }) => place !== null);
  const response = told.find(({ kind }) => kind === 'response') ?? told[0];
  if (!response?.place) return [];
  const head = await (await HeadFinder.open(scene.context))?.covering([response.place]);
  if (!head) {
    scene.note(`no tree head covers the ${response.kind} yet: it is not vouched for`);
    return [];
  }
  const place = { topic: Topics.treeHeads.name, partition: 0, offset: head.place };
  return [
    {
      id: idOf(place),
      kind: 'tree head',
      title: `${head.sequence} covers the ${response.kind}`,
      place,
      at: head.time,
      eventId: null,
      causationId: null,
      details: { sequence: head.sequence, key: head.keyId, partitions: head.partitions.length },
      from: told.filter((node) => node.place !== null && covers(head, node.place)).map(({ id }) => id),
    },
  ];
};
