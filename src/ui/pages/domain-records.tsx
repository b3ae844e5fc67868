/** The DNS records of a domain, one by one with what to copy, what DNS has in their place, and what to do about it. */
import type { Domain } from '../api/answers.ts';
import { Badge, CodeBlock, CopyButton, DetailList, Outside } from '../components/basics.tsx';
import { useText } from '../shell/context.ts';

type DnsRecord = Domain['records'][number];

const SIGNS = {
  ok: { tone: 'good', sign: '✓' },
  missing: { tone: 'bad', sign: '✕' },
  different: { tone: 'bad', sign: '≠' },
  unchecked: { tone: 'quiet', sign: '…' },
} as const;

export function DomainRecords({ records }: { readonly records: readonly DnsRecord[] }) {
  const { domains: words } = useText();
  return (
    <section class="block" aria-labelledby="records">
      <h2 id="records">{words.records}</h2>
      <p class="quiet">{words.recordsHint}</p>
      <ul class="rules">
        {records.map((record) => (
          <OneRecord key={`${record.purpose} ${record.name}`} record={record} />
        ))}
      </ul>
    </section>
  );
}

function OneRecord({ record }: { readonly record: DnsRecord }) {
  const { domains: words } = useText();
  const { purpose, type, name, value, status, found = [], remarks = [], proposed } = record;
  const title = words.purposes[purpose] ?? purpose;
  const toDo = status === 'missing' && remarks.length === 0 ? [words.missing] : remarks;
  return (
    <li>
      <p>
        <Badge {...SIGNS[status]}>{words.statuses[status]}</Badge> <strong>{title}</strong>
      </p>
      <DetailList
        entries={[
          [words.type, type],
          [words.recordName, <Copied key="name" text={name} label={`${title}, ${words.recordName}`} />],
          [words.value, <Copied key="value" text={value} label={`${title}, ${words.value}`} />],
          [
            words.dnsHas,
            status !== 'different' || found.length === 0 ? undefined : (
              <CodeBlock text={found.join('\n')} label={`${title}, ${words.dnsHas}`} />
            ),
          ],
          [
            words.remedy,
            toDo.length === 0 ? undefined : (
              <ul class="plain-list">
                {toDo.map((line) => (
                  <li key={line}>
                    <Outside text={line} />
                  </li>
                ))}
              </ul>
            ),
          ],
          [
            words.proposed,
            proposed === undefined ? undefined : (
              <Copied text={proposed} label={`${title}, ${words.proposed}`} />
            ),
          ],
        ]}
      />
    </li>
  );
}

function Copied({ text, label }: { readonly text: string; readonly label: string }) {
  return (
    <div class="copied">
      <CodeBlock text={text} label={label} />
      <CopyButton text={text} what={label} />
    </div>
  );
}
