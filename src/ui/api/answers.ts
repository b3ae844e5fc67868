/** The shapes of the API by name: those of /v1 from its OpenAPI document, and those of the dashboard's own routes. */
import type { Role } from '../pure/rights.ts';
import type { components, operations } from './openapi.ts';
import type { operations as relay } from './operation-openapi.ts';

type BodyOf<Operation> = Operation extends {
  responses: { 200: { content: { 'application/json': infer Body } } };
}
  ? Body
  : never;
type Answer<Name extends keyof operations> = BodyOf<operations[Name]>;
/** Of the routes that the dashboard alone has. */
type RelayAnswer<Name extends keyof relay> = BodyOf<relay[Name]>;

export type MessagePage = Answer<'listMessages'>;
export type Message = components['schemas']['Message'];
export type MessageWithEvents = components['schemas']['MessageWithEvents'];
export type Delivery = MessageWithEvents['deliveries'][number];
export type Attempt = NonNullable<Delivery['history']>[number];
export type DeliveryState = Delivery['state'];
export type MailEvent = components['schemas']['Event'];
export type Suppression = components['schemas']['Suppression'];
export type SuppressionPage = Answer<'listSuppressions'>;
export type SuppressionCheck = Answer<'checkSuppression'>;
export type DomainLine = Answer<'listDomains'>['data'][number];
export type DomainList = Answer<'listDomains'>;
export type Domain = components['schemas']['Domain'];
export type DomainRemoval = Answer<'removeDomain'>;
export type Webhook = components['schemas']['Webhook'];
export type IssuedWebhook = Answer<'rotateWebhookSecret'>;
export type WebhookDelivery = components['schemas']['WebhookDelivery'];
export type WebhookDeliveryList = Answer<'listWebhookDeliveries'>;
export type WebhookTest = Answer<'testWebhook'>;
export type Credential = components['schemas']['Credential'];
export type CredentialList = Answer<'listCredentials'>;
export type IssuedCredential = components['schemas']['IssuedCredential'];
export type Stream = components['schemas']['StreamWithWarnings'];
export type StreamList = Answer<'listStreams'>;
export type Stats = components['schemas']['Stats'];
export type Figures = components['schemas']['StatsFigures'];

export type StatisticGroup = NonNullable<Stats['group']>;
export type TemplateLine = components['schemas']['TemplateSummary'];
export type Template = components['schemas']['Template'];
export type RenderedTemplate = components['schemas']['RenderedTemplate'];
export type AuditLine = components['schemas']['AuditLine'];
export type AuditPage = Answer<'listAudit'>;

export interface SessionAccount {
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  readonly reads_content: boolean;
}

/** Who is signed in; `GET /ui/api/session`, which is `null` where nobody is. */
export interface Session {
  readonly person: { readonly id: string; readonly email: string; readonly name: string };
  readonly accounts: readonly SessionAccount[];
  /** What the person may do with the relay itself; `null`: nothing. */
  readonly relay_role: Role | null;
  /** The relay asks for a second factor, and the person has none: there is nothing else to do. */
  readonly must_enrol: boolean;
  readonly expires_at: string;
}

/** What is asked after the password; the token is good for that alone. */
export interface SecondStep {
  readonly second_step: {
    readonly token: string;
    readonly code: boolean;
    readonly passkey: boolean;
    readonly recovery_code: boolean;
  };
}

/** What signing in is answered with. */
export type Entry = Session | SecondStep;

export interface SecondFactor {
  readonly id: string;
  readonly kind: 'totp' | 'passkey';
  readonly name: string;
  readonly created_at: string;
  readonly used_at: string | null;
}

/** `GET /ui/api/security`: of whoever is signed in. */
export interface Security {
  readonly factors: readonly SecondFactor[];
  readonly recovery_codes: number;
  /** Browsers take none at a bare IP address. */
  readonly passkeys_possible: boolean;
  readonly confirmed_until: string;
  readonly sessions: readonly {
    readonly id: string;
    readonly address: string;
    readonly user_agent: string | null;
    readonly is_this: boolean;
    readonly created_at: string;
    readonly seen_at: string;
  }[];
}

export type Overview = RelayAnswer<'readOverview'>;
export type QueueNow = RelayAnswer<'readQueueNow'>;
export type Queue = RelayAnswer<'readQueue'>;
export type QueueDestination = Queue['destinations'][number];
export type QueueLimit = Queue['limits'][number];
export type QueueOfDestination = RelayAnswer<'readQueueOfDestination'>;
export type QueuePreview = RelayAnswer<'previewQueueChange'>;
export type PersonNames = RelayAnswer<'listPersonNames'>;
export type Settings = RelayAnswer<'readSettings'>;
export type Setting = Settings['settings'][number];
export type RefusedPage = RelayAnswer<'listRefused'>;
export type Refused = RelayAnswer<'readRefused'>;
export type ReportPage = RelayAnswer<'listUnverifiedReports'>;
export type ReportLine = ReportPage['data'][number];
export type Report = RelayAnswer<'readUnverifiedReport'>;
export type RouteLine = RelayAnswer<'listRoutes'>['data'][number];
export type RouteList = RelayAnswer<'listRoutes'>;
export type SourceList = RelayAnswer<'listSources'>;
export type SourceState = SourceList['data'][number];
export type RouteOutlook = RelayAnswer<'testRoute'>;
export type SuppressionImport = RelayAnswer<'importSuppressionFile'>;
export type MessagePreview = RelayAnswer<'previewMessage'>;
export type DraftPreview = RelayAnswer<'previewDraft'>;
