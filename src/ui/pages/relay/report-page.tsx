/** One unverified report: what it says, what it would mean, its header section, and the command that applies it. */
import type { Report } from '../../api/answers.ts';
import { CodeBlock, DetailList, Outside } from '../../components/basics.tsx';
import { ThingPage } from '../../components/thing-page.tsx';
import { exactTime } from '../../pure/format.ts';
import { relayPath } from '../../pure/router.ts';
import { useApi, useText } from '../../shell/context.ts';
import { useLoad } from '../../shell/load.ts';
import { Command } from './refused-page.tsx';

export function ReportPage({ id }: { readonly id: string }) {
  const text = useText();
  const api = useApi();
  const path = `operation/reports/${encodeURIComponent(id)}`;
  const loaded = useLoad(path, (signal) => api.get<Report>(path, { signal }));
  const { value: report } = loaded;
  const words = text.reports;
  return (
    <ThingPage list={{ path: relayPath('reports'), name: text.pages.reports }} title={id} loaded={loaded}>
      {report !== undefined && (
        <>
          <p class="notice">{words.stranger}</p>
          <Facts report={report} />
          {report.recipients.length > 0 && <Recipients report={report} />}
          {report.applied_at === null && report.kind !== 'unreadable' && (
            <section class="block" aria-labelledby="apply">
              <h2 id="apply">{words.apply}</h2>
              <p>{words.applyHint}</p>
              <Command text={`relayctl report apply ${report.id}`} />
            </section>
          )}
          <h2>{words.headers}</h2>
          <CodeBlock text={report.headers} label={words.headers} />
        </>
      )}
    </ThingPage>
  );
}

function Facts({ report }: { readonly report: Report }) {
  const { reports: words } = useText();
  const outside = (text: string | null) => (text === null ? undefined : <Outside text={text} />);
  return (
    <DetailList
      entries={[
        [
          words.received,
          <Outside key="at" text={`${exactTime(report.received_at)} ${words.from(report.client)}`} />,
        ],
        [words.account, outside(report.account)],
        [words.columns.kind, words.kinds[report.kind]],
        [words.why, outside(report.why)],
        // Named by a stranger, and perhaps of another account than the one that is chosen: no link.
        [words.names, outside(report.message_id)],
        [words.messageId, outside(report.returned.message_id_field)],
        [words.subject, outside(report.returned.subject)],
        [words.applied, report.applied_at === null ? undefined : exactTime(report.applied_at)],
      ]}
    />
  );
}

function Recipients({ report }: { readonly report: Report }) {
  const { reports: words } = useText();
  return (
    <section class="block" aria-labelledby="says">
      <h2 id="says">{words.says}</h2>
      <ul class="rules">
        {report.recipients.map((one, index) => (
          <li key={index}>
            <p>
              <strong>
                <Outside text={one.original_recipient ?? one.recipient ?? words.notNamed} most={320} />
              </strong>
            </p>
            <p>
              <Outside text={`${one.feedback_type ?? one.action} ${one.reply ?? one.text}`} />
            </p>
            {one.remote_mta !== null && (
              <p class="quiet">
                {words.host}: <Outside text={one.remote_mta} most={320} />
              </p>
            )}
            <p>
              {words.means}: {one.class}. <Outside text={one.meaning} />
            </p>
            <p>
              {words.remedy}: <Outside text={one.remedy} />
            </p>
            {one.hard && <p>{words.hard}</p>}
          </li>
        ))}
      </ul>
      {report.recipients_left_out > 0 && <p class="quiet">{words.leftOut(report.recipients_left_out)}</p>}
    </section>
  );
}
