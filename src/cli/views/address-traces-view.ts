/** Where an address still is, after an erasure or before one. */
import { visible } from '../../platform/visible-text.ts';
import { counted } from '../output/time-words.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { AddressTrace } from '../program/database-files.ts';

export function tracesJson(traces: readonly AddressTrace[]): object {
  return traces.map(({ file, offset, where, isConfiguration }) => ({
    file,
    offset: offset ?? null,
    where,
    configuration: isConfiguration,
  }));
}

export function renderTraces({ paint }: CommandContext, traces: readonly AddressTrace[]): string {
  if (traces.length === 0) return `${paint.good(paint.sign.good)} The address is in no file.`;
  const lines = traces.map(({ file, offset, where, isConfiguration }) => {
    const at = offset === undefined ? '' : ` at octet ${offset}`;
    return `  ${visible(file)}${at}: ${visible(where)}${isConfiguration ? ' (configuration, or what was of it)' : ''}`;
  });
  const rests = traces.filter(({ isConfiguration }) => !isConfiguration).length;
  if (rests === 0) return lines.join('\n');
  const remedy =
    'What is in no row any more is in the unused part of a page: stop relayd, relayctl db compact, start it.\n' +
    'A longer address that contains this one is found too.';
  return `${paint.bad(paint.sign.bad)} ${counted(rests, 'place')} with the address:\n${lines.join('\n')}\n${remedy}`;
}
