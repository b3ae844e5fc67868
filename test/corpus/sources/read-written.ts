/** What the rules make of the wordings of written-replies.ts: as a report's diagnostic, and as replies under codes that blame the address. */
import { explainReport } from '../../../src/cli/views/explained-report.ts';
import { readReport } from '../../../src/dsn/read/read-report.ts';
import { isAddressClass } from '../../../src/policy/bounce-classes.ts';
import type { BounceRules } from '../../../src/policy/bounce-rules.ts';
import { messageOf } from './read-reports.ts';
import { ADDRESS_CODES, judge } from './read-sources.ts';
import { classesOf, underAddressCode } from './source-replies.ts';

const read = async (bytes: Uint8Array) => ({ kind: 'report' as const, report: await readReport(bytes) });

export interface Written {
  readonly program: string;
  readonly classes: string;
  readonly text: string;
}

export function writtenLines(text: string): readonly Written[] {
  const lines: Written[] = [];
  let program = '';
  for (const line of text.trim().split('\n')) {
    const at = line.indexOf(': ');
    if (line.startsWith('# ')) program = line.slice(2).split(' | ')[0] ?? '';
    else lines.push({ program, classes: line.slice(0, at), text: line.slice(at + 2) });
  }
  return lines;
}

/** What is wrong with how the words are understood; empty: nothing. */
export async function misreadings({ classes, text }: Written, rules: BounceRules): Promise<string[]> {
  const wanted = classesOf(classes);
  const isReply = /^\d{3}[ -]/.test(text);
  const status = /\b[45]\.\d{1,3}\.\d{1,3}\b/.exec(text)?.[0] ?? (text.startsWith('4') ? '4.0.0' : '5.0.0');
  const diagnostic = `Diagnostic-Code: ${isReply ? 'smtp' : 'x-unix'}; ${text}`;
  const fields = [
    `Final-Recipient: rfc822; user@r.example\nAction: failed\nStatus: ${status}\n${diagnostic}`,
  ];
  const report = { program: '', source: '', subject: 'Undelivered', text: 'Sorry.', fields, wanted: [] };
  const { entries } = await explainReport(Buffer.from(messageOf(report)), rules, read);
  const found = entries[0]?.found;
  const wrong: string[] = [];
  if (found === undefined || !wanted.includes(found.class)) wrong.push(found?.class ?? 'nothing');
  // Who is there, or was there, may be suppressed by a code that says the contrary.
  if (wanted.some((one) => isAddressClass(one) || one === 'inactive-mailbox')) return wrong;
  if (found?.hard === true) wrong.push('hard');
  const reply = isReply ? text : `550 ${text}`;
  const said = [reply, ...ADDRESS_CODES.map((code) => underAddressCode(reply, code))];
  return [...wrong, ...said.filter((one) => judge(one, rules).suppresses).map((one) => `suppressed: ${one}`)];
}
