/** `relayctl node list`: the nodes that share a store. */
import type { NodeView } from '../../store/fleet.ts';
import { nodeJson } from '../json/node-json.ts';
import { renderTable } from '../output/table.ts';
import { relative } from '../output/time-words.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { CommandSpec } from '../program/command-spec.ts';

export const nodeList: CommandSpec = {
  path: 'node list',
  summary: 'List the nodes that share the store, with their versions and duties',
  details:
    'A node is down when it stopped, or did not renew its lease for 20 seconds; others then take over what it had in hand. ' +
    'A duty is what one node at a time does for all.',
  examples: [
    { type: 'node list', does: 'all of them' },
    {
      type: 'node list --json | jq -r \'select(.state == "down") | .name\'',
      does: 'who is down, for a script',
    },
  ],
  run: listNodes,
};

async function listNodes(context: CommandContext): Promise<void> {
  const { reader, io, paint, nowMs } = context;
  const nodes = await reader.nodes();
  if (context.global.json) {
    for (const node of nodes) await context.printJsonLine(nodeJson(node));
    return;
  }
  if (nodes.length === 0) {
    context.print("There are no nodes: the store is one relay's own (store.url).");
    return;
  }
  const table = renderTable(
    [
      { title: 'NODE', text: ({ name }) => name, shrinks: true },
      { title: 'STATE', text: stateWords },
      {
        title: 'SEEN',
        text: ({ seenAgoMs }) => (seenAgoMs === undefined ? '-' : relative(nowMs - seenAgoMs, nowMs)),
      },
      { title: 'IN HAND', text: ({ inHand }) => String(inHand), alignRight: true },
      { title: 'VERSION', text: ({ version }) => version ?? '-' },
      { title: 'DUTIES', text: ({ duties }) => (duties.length === 0 ? '-' : duties.join(', ')) },
    ],
    nodes,
    { width: io.columns, paint },
  );
  context.print(table);
}

function stateWords({ state, draining }: NodeView): string {
  return state === 'down' && draining ? 'down, to drain' : state;
}
