/** `relayctl certificate show`: the certificates that relayd serves with, until when, and what is wrong with them. */
import { timestamp } from '../../api-json/timestamp.ts';
import { visible } from '../../platform/visible-text.ts';
import { certificateProblems, type CertificateFacts } from '../../policy/certificate.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { CommandSpec } from '../program/command-spec.ts';
import { renderTable } from '../output/table.ts';
import { relative } from '../output/time-words.ts';

export const certificateShow: CommandSpec = {
  path: 'certificate show',
  summary: "Show the server's certificates, their expiry and renewal",
  details:
    'Reads the files that relayd reads, so it works with relayd up or down. Exit code 1 when something is wrong with them: ' +
    'the same problems as the check certificate of status.',
  examples: [
    { type: 'certificate show', does: 'each certificate, until when it is valid, when it is renewed' },
    { type: "certificate show --json | jq -r '.certificates[].not_after'", does: 'the ends, for a script' },
  ],
  run: show,
};

interface Row {
  /** `undefined`: whatever name a client asks for. */
  readonly name: string | undefined;
  readonly notAfterMs: number | undefined;
  readonly notBeforeMs: number | undefined;
  /** By ACME. */
  readonly nextOrderMs: number | undefined;
}

function show(context: CommandContext): void {
  const { services, config, nowMs, paint } = context;
  const facts = services.certificate(config);
  const source = sourceOf(facts);
  const rows = facts === undefined ? [] : rowsOf(facts);
  const problems = facts === undefined ? [] : certificateProblems(facts, nowMs);
  if (problems.length > 0) context.exitCode = 1;
  if (context.global.json) {
    context.printJson({
      source,
      certificates: rows.map(({ name, notBeforeMs, notAfterMs, nextOrderMs }) => ({
        name: name ?? null,
        not_before: notBeforeMs === undefined ? null : timestamp(notBeforeMs),
        not_after: notAfterMs === undefined ? null : timestamp(notAfterMs),
        next_order_at: nextOrderMs === undefined ? null : timestamp(Math.max(nextOrderMs, nowMs)),
      })),
      problems: problems.map(({ problem, detail, remedy }) => ({ problem, detail, remedy })),
    });
    return;
  }
  if (facts === undefined)
    context.note('There is no certificate yet: relayd makes a self-signed one at its start.');
  else {
    context.print(`${paint.name('source')}  ${visible(sourceWords(source, facts))}`);
    context.print(renderCertificates(context, rows));
  }
  for (const { detail, remedy } of problems)
    context.print(`${paint.bad('✗')} ${visible(detail)}\n  ${paint.name('do:')} ${visible(remedy)}`);
}

type Source = 'none' | 'acme' | 'file' | 'self-signed';

function sourceOf(facts: CertificateFacts | undefined): Source {
  if (facts === undefined) return 'none';
  if (facts.issued !== undefined) return 'acme';
  return facts.cert === undefined ? 'self-signed' : 'file';
}

function sourceWords(source: Source, { cert }: CertificateFacts): string {
  if (source === 'acme')
    return 'an authority by ACME; clients get a self-signed certificate until there is one';
  return source === 'file' ? `${cert ?? ''} (tls.cert)` : 'self-signed, made by relayd';
}

function rowsOf({ issued, certificate }: CertificateFacts): readonly Row[] {
  if (issued !== undefined)
    return issued.map(({ name, certificate: one, nextOrderMs }) => ({
      name,
      notBeforeMs: one?.notBeforeMs,
      notAfterMs: one?.notAfterMs,
      nextOrderMs,
    }));
  if (certificate === undefined) return [];
  const { names, notBeforeMs, notAfterMs } = certificate;
  return [{ name: names.join(', '), notBeforeMs, notAfterMs, nextOrderMs: undefined }];
}

function renderCertificates({ io, paint, nowMs }: CommandContext, rows: readonly Row[]): string {
  const until = (atMs: number) => `${new Date(atMs).toISOString().slice(0, 10)} (${relative(atMs, nowMs)})`;
  const hasOrders = rows.some(({ nextOrderMs }) => nextOrderMs !== undefined);
  return renderTable(
    [
      { title: 'NAME', text: ({ name }) => name ?? '', shrinks: true },
      {
        title: 'VALID UNTIL',
        text: ({ notAfterMs }) => (notAfterMs === undefined ? 'none yet' : until(notAfterMs)),
      },
      {
        title: 'NEXT ORDER',
        text: ({ nextOrderMs = 0 }) => (nextOrderMs <= nowMs ? 'now' : until(nextOrderMs)),
        hidden: !hasOrders,
      },
    ],
    rows,
    { width: io.columns, paint },
  );
}
