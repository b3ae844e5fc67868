/**
 * The header fields that a stream gives to messages which do not have them, such as Feedback-ID. They go on top of the stored
 * content at delivery, below the signatures.
 */
import { foldedField } from '../compose/field-value.ts';
import { fillWords, type FieldFacts } from '../compose/field-words.ts';
import { asBuffer, parseHeaderSection } from '../message/header-section.ts';

/** Lines with their ends; `undefined`: nothing is to be added. `header`: as it is stored. */
export function streamFields(
  headers: Readonly<Record<string, string>> | undefined,
  header: Uint8Array,
  facts: FieldFacts,
): string | undefined {
  if (headers === undefined) return undefined;
  const present = new Set(parseHeaderSection(asBuffer(header)).fields.map(({ name }) => name));
  const lines = Object.entries(headers)
    .filter(([name]) => !present.has(name.toLowerCase()))
    .map(([name, value]) => foldedField(name, fillWords(value, facts)));
  return lines.length === 0 ? undefined : lines.join('');
}
