/** A passkey is asked for: the server's options, the browser's question, and what it signed back to the server. */
import { useState } from 'preact/hooks';
import type { ApiClient } from '../api/client.ts';
import { ApiFailure } from '../api/failure.ts';
import { useText } from '../shell/context.ts';
import { asFailure } from '../shell/load.ts';

/** As the server wants it back. */
export interface PasskeyAnswer {
  readonly state: string;
  readonly response: unknown;
}

interface Asked {
  readonly state: string;
  readonly options: object;
}

/** Browsers have passkeys for names, not for a bare IP address, and on a page that came over TLS or from this machine. */
export function arePasskeysPossible(): boolean {
  const { hostname } = location;
  const isAddress = hostname.startsWith('[') || /^[\d.]+$/.test(hostname);
  return typeof PublicKeyCredential === 'function' && window.isSecureContext && !isAddress;
}

/** `body`: of the request for the options. */
export async function askPasskey(api: ApiClient, path: string, body?: object): Promise<PasskeyAnswer> {
  const { startAuthentication } = await import('@simplewebauthn/browser');
  const { state, options } = await api.send<Asked>('POST', path, { body: body ?? {} });
  const optionsJSON = options as Parameters<typeof startAuthentication>[0]['optionsJSON'];
  return { state, response: signedBy(await startAuthentication({ optionsJSON })) };
}

export async function makePasskey(api: ApiClient, path: string): Promise<PasskeyAnswer> {
  const { startRegistration } = await import('@simplewebauthn/browser');
  const { state, options } = await api.send<Asked>('POST', path, { body: {} });
  const optionsJSON = options as Parameters<typeof startRegistration>[0]['optionsJSON'];
  return { state, response: signedBy(await startRegistration({ optionsJSON })) };
}

/** Whether the browser, or the person at it, did not go on: nobody else said anything about it. */
export function wasLeft(error: unknown): boolean {
  return !(error instanceof ApiFailure) && error instanceof Error && error.name !== 'TypeError';
}

interface PasskeyButtonProps<T> {
  readonly label: string;
  readonly api: ApiClient;
  readonly optionsPath: string;
  readonly optionsBody?: object;
  readonly send: (passkey: PasskeyAnswer) => Promise<T>;
  readonly onDone: (answer: T) => void;
  readonly onFailure: (failure: ApiFailure | undefined) => void;
}

export function PasskeyButton<T>(props: PasskeyButtonProps<T>) {
  const { security: words } = useText();
  const [busy, setBusy] = useState(false);
  const ask = () => {
    if (busy) return;
    setBusy(true);
    props.onFailure(undefined);
    askPasskey(props.api, props.optionsPath, props.optionsBody)
      .then(props.send)
      .then(props.onDone, (error: unknown) => {
        setBusy(false);
        const left = new ApiFailure({ kind: 'refused', message: words.passkeyLeft });
        props.onFailure(wasLeft(error) ? left : asFailure(error));
      });
  };
  return (
    <button type="button" aria-disabled={busy} onClick={ask}>
      {props.label}
    </button>
  );
}

/** The fields that the server looks at. */
function signedBy(made: { id: string; rawId: string; type: string; response: object }): unknown {
  const { id, rawId, type, response } = made;
  return { id, rawId, type, response };
}
