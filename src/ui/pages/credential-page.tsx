/** One credential: what it may do, what bounds it, where it was used last; rotate, revoke. Its secret is nowhere any more. */
import type { Credential } from '../api/answers.ts';
import { CopyButton, DetailList, Outside, Time } from '../components/basics.tsx';
import { ThingPage } from '../components/thing-page.tsx';
import { mayChangeThe } from '../pure/rights.ts';
import { PATHS } from '../pure/router.ts';
import { useLanguage, useSurroundings, useText } from '../shell/context.ts';
import { useLoad, useNow } from '../shell/load.ts';
import { CredentialActions } from './credential-actions.tsx';
import { CredentialBadge, isUsable, limitsOf } from './credential-state.tsx';

interface ShownProps {
  readonly credential: Credential;
  readonly nowMs: number;
}

export function CredentialPage({ id }: { readonly id: string }) {
  const { credentials: words } = useText();
  const { api, account } = useSurroundings();
  const nowMs = useNow();
  const path = `v1/credentials/${encodeURIComponent(id)}`;
  const loaded = useLoad(path, (signal) => api.get<Credential>(path, { signal }));
  const credential = loaded.value;
  return (
    <ThingPage
      list={{ path: PATHS.credentials, name: words.back }}
      title={credential?.name ?? id}
      loaded={loaded}
      actions={
        credential !== undefined &&
        isUsable(credential) &&
        mayChangeThe('credentials', account.role) && (
          <CredentialActions credential={credential} path={path} nowMs={nowMs} onChanged={loaded.reload} />
        )
      }
    >
      {credential !== undefined && (
        <>
          <section class="block" aria-label={words.state}>
            <Details credential={credential} nowMs={nowMs} />
          </section>
          <LastUse credential={credential} nowMs={nowMs} />
        </>
      )}
    </ThingPage>
  );
}

function Details({ credential, nowMs }: ShownProps) {
  const text = useText();
  const language = useLanguage();
  const words = text.credentials;
  const time = (at: string | null) => (at === null ? undefined : <Time at={at} nowMs={nowMs} />);
  const names = (list: readonly string[]) =>
    list.length === 0 ? undefined : <Outside text={list.join(', ')} />;
  const maybe = (one: string | null) => (one === null ? undefined : <Outside text={one} most={1_000} />);
  const { certificate } = credential;
  return (
    <DetailList
      entries={[
        [words.state, <CredentialBadge key="state" credential={credential} nowMs={nowMs} />],
        [words.kind, words.kinds[credential.kind]],
        [words.username, maybe(credential.username)],
        [words.certificate, certificate === null ? undefined : maybe(certificate.fingerprint)],
        [words.sendsFrom, names([...credential.from, ...credential.domains]) ?? words.everyDomain],
        [words.scopes, names(credential.scopes)],
        [words.stream, <Outside key="stream" text={credential.stream} most={200} />],
        [words.limits, names(limitsOf(credential, text, language)) ?? words.noLimits],
        [
          words.allowedNetworks,
          names(credential.kind === 'network' ? credential.networks : credential.allow_ip) ?? words.anywhere,
        ],
        [words.tls, credential.require_tls ? words.tlsRequired : undefined],
        [words.reports, credential.send_dsn ? maybe(credential.dsn_to) : words.noReports],
        [words.expiresAt, time(credential.expires_at)],
        [words.revokedAt, time(credential.revoked_at)],
        [words.oldSecret, time(credential.old_secret_until)],
        [words.created, time(credential.created_at)],
        [
          words.id,
          <>
            <code>{credential.id}</code> <CopyButton text={credential.id} what={words.id} />
          </>,
        ],
      ]}
    />
  );
}

function LastUse({ credential: { last_used: used }, nowMs }: ShownProps) {
  const { credentials: words } = useText();
  return (
    <section class="block" aria-labelledby="used">
      <h2 id="used">{words.lastUse}</h2>
      {used === null ? (
        <p class="quiet">{words.never}</p>
      ) : (
        <DetailList
          entries={[
            [words.lastUse, <Time key="at" at={used.at} nowMs={nowMs} />],
            [words.usedFrom, used.address === null ? undefined : <Outside text={used.address} most={200} />],
            [words.usedBy, used.name === null ? undefined : <Outside text={used.name} most={1_000} />],
            [words.tls, used.tls === null ? undefined : <Outside text={used.tls} most={200} />],
            [
              words.usedNetworks,
              used.networks.length === 0 ? undefined : used.networks.map(({ network }) => network).join(', '),
            ],
            [
              words.newNetwork,
              used.new_network === null || used.new_network_at === null ? undefined : (
                <>
                  {used.new_network} <Time at={used.new_network_at} nowMs={nowMs} />
                </>
              ),
            ],
          ]}
        />
      )}
    </section>
  );
}
