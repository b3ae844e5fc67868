/**
 * The commands that change what waits: each reads its selection, counts and shows it and asks where somebody is there to ask, and
 * says how many deliveries it has changed. In a script nothing is counted before, unless it is all that is wanted.
 */
import { previewSelection } from '../admin/queue-preview.ts';
import type { Changed } from '../admin/queue.ts';
import type { AdminRefusal } from '../admin/refusal.ts';
import type { DeliverySelection } from '../store/queue-admin.ts';
import { readSelection, SELECTION_OPTIONS } from './input/queue-selection.ts';
import { counted } from './output/time-words.ts';
import { usage } from './program/cli-failure.ts';
import type { CommandContext } from './program/command-context.ts';
import type { CommandInput, OptionSpec } from './program/command-spec.ts';
import { unlessRefused } from './program/refusal.ts';
import { previewJson, renderPreview, selectionWords } from './views/selection-view.ts';

export const CHANGE_OPTIONS: readonly OptionSpec[] = [
  ...SELECTION_OPTIONS,
  { flags: '--dry-run', meaning: 'count and show what is meant, and change nothing' },
];

export interface Change {
  /** `Cancel ... for good`, with the selection in words. */
  readonly question: (selected: string) => string;
  /** `true`: never done without a question or --yes. Else it is asked on a terminal, where more than one message may be meant. */
  readonly asks: boolean;
  /** Of what waits: what it can change. */
  readonly means: DeliverySelection['state'] | 'any';
  /** Such as `Held`. */
  readonly done: string;
  readonly change: (selection: DeliverySelection) => Promise<Changed | AdminRefusal>;
}

export async function changeSelected(
  context: CommandContext,
  input: CommandInput,
  { question, asks, means, done, change }: Change,
): Promise<void> {
  const selection = await readSelection(context, input);
  if (means !== 'any' && selection.state !== undefined && (means === 'held') !== (selection.state === 'held'))
    throw usage(`--state ${selection.state} means nothing that this command changes`, 'leave it out');
  const meant = means === 'any' || selection.state !== undefined ? selection : { ...selection, state: means };
  const { global, io, nowMs } = context;
  if (input.options.flag('dry-run')) {
    const preview = await previewSelection(meant, context.reader);
    if (global.json) context.printJson(previewJson(preview, nowMs));
    else context.print(renderPreview(preview, nowMs));
    return;
  }
  const isWatched = io.inIsTerminal && !global.json;
  if (isWatched) context.note(renderPreview(await previewSelection(meant, context.reader), nowMs));
  const isAsked = !global.yes && (asks || (isWatched && selection.id === undefined));
  if (isAsked) await context.confirm(question(selectionWords(selection, global.account, nowMs)));
  const { changed } = unlessRefused(await change(selection), {
    'too-late': `see where it stands: relayctl message trace ${selection.id}`,
  });
  if (global.json) context.printJson({ changed });
  else context.print(`${done} ${counted(changed, 'delivery', 'deliveries')}.`);
}
