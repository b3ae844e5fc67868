/** One domain: whether mail from it is accepted, its DNS records, its DKIM keys; verify, rotate, remove. */
import { useState } from 'preact/hooks';
import type { Domain, DomainRemoval } from '../api/answers.ts';
import { ActionButton, ConfirmedButton } from '../components/actions.tsx';
import { Outside } from '../components/basics.tsx';
import { ThingPage } from '../components/thing-page.tsx';
import { mayChangeThe } from '../pure/rights.ts';
import { PATHS } from '../pure/router.ts';
import { visibleText } from '../pure/visible-text.ts';
import { announce } from '../shell/announce.tsx';
import { useSurroundings, useText } from '../shell/context.ts';
import { useLoad, useNow } from '../shell/load.ts';
import { navigate } from '../shell/location.ts';
import { DomainKeys } from './domain-keys.tsx';
import { DomainRecords } from './domain-records.tsx';
import { DomainHeadline } from './domain-state.tsx';

export function DomainPage({ name }: { readonly name: string }) {
  const { domains: words } = useText();
  const { api, account } = useSurroundings();
  const nowMs = useNow();
  const path = `v1/domains/${encodeURIComponent(name)}`;
  const loaded = useLoad(path, (signal) => api.get<Domain>(path, { signal }));
  // The answer to a look-up says more of the records than reading them later: it stays until the page is refreshed.
  const [answer, setAnswer] = useState<Domain>();
  const domain = answer ?? loaded.value;
  const mayChange = mayChangeThe('domains', account.role);
  const refresh = () => {
    setAnswer(undefined);
    loaded.reload();
  };
  const verified = (looked: Domain) => {
    setAnswer(looked);
    const shown = visibleText(looked.domain);
    if (looked.verified) announce(words.verifiedNow(shown));
    else announce(words.notVerifiedNow(shown), 'bad');
  };
  const removed = ({ waiting }: DomainRemoval) => {
    const shown = visibleText(name);
    announce(waiting > 0 ? words.removedWaiting(shown, waiting) : words.removed(shown));
    navigate(PATHS.domains);
  };
  return (
    <ThingPage
      list={{ path: PATHS.domains, name: words.back }}
      title={domain?.domain ?? name}
      loaded={{ ...loaded, reload: refresh }}
      actions={
        domain !== undefined &&
        mayChange && (
          <>
            <ConfirmedButton
              label={words.remove}
              title={words.removeTitle}
              run={() => api.send<DomainRemoval>('DELETE', path)}
              onDone={removed}
            >
              <p>
                <Outside text={words.removeBody(name)} />
              </p>
            </ConfirmedButton>
            <ActionButton
              tone="primary"
              label={words.verify}
              run={() => api.send<Domain>('POST', `${path}/verify`)}
              onDone={verified}
            />
          </>
        )
      }
    >
      {domain !== undefined && (
        <>
          <DomainHeadline domain={domain} />
          <DomainRecords records={domain.records} />
          <DomainKeys domain={domain} nowMs={nowMs} mayChange={mayChange} onDomain={setAnswer} />
        </>
      )}
    </ThingPage>
  );
}
