/** Whether mail from a domain is accepted: as a badge of lists, and in sentences. */
import type { DomainLine } from '../api/answers.ts';
import { Badge } from '../components/basics.tsx';
import { exactTime } from '../pure/format.ts';
import { useText } from '../shell/context.ts';

export function DomainBadge({ domain }: { readonly domain: DomainLine }) {
  const { domains: words } = useText();
  if (domain.verified)
    return domain.failing_since === null ? (
      <Badge tone="good" sign="✓">
        {words.verified}
      </Badge>
    ) : (
      <Badge tone="warn" sign="!">
        {words.failing}
      </Badge>
    );
  return (
    <Badge tone="bad" sign="✕">
      {domain.verified_elsewhere ? words.elsewhere : words.unverified}
    </Badge>
  );
}

export function DomainHeadline({ domain }: { readonly domain: DomainLine }) {
  const { domains: words } = useText();
  const { verified_at: since, failing_since: failing, accepted_until: until } = domain;
  const isWell = domain.verified && failing === null;
  return (
    <div class={isWell ? 'notice good' : 'notice'} role="status">
      <p>{domain.verified ? words.isVerified(since === null ? '' : exactTime(since)) : words.isNot}</p>
      {domain.verified_elsewhere && <p>{words.isElsewhere}</p>}
      {failing !== null && <p>{words.failsSince(exactTime(failing), domain.failed_looks)}</p>}
      {failing !== null && until !== null && <p>{words.acceptedUntil(exactTime(until))}</p>}
    </div>
  );
}
