/**
 * The store, declared once: its roles by noun, and for each role its reads and its changes. Users of the store take a role,
 * or pick verbs of one; an engine implements the roles, and everything in between (a thread, a tool that opens the store at
 * its first use) is derived from the table of verbs below. A verb that is missing from the table, or in the wrong place of
 * it, does not compile.
 *
 * Guarantees of every engine: a read shows what was durable when it was made, or newer; a change is durable when it resolves.
 * Both reject with StoreError. Time is an argument.
 */
import type { Role, Store } from './store-roles.ts';

export type { Role, Store } from './store-roles.ts';

type Table = {
  readonly [R in Role]: { readonly [Verb in keyof Store[R]]: 'read' | 'write' };
};

/** Reads may run on a connection of the caller's own; writes go to the owner of the store. */
export const VERBS = {
  spool: {
    putChunk: 'write',
    abandonUpload: 'write',
    accept: 'write',
    acceptAll: 'write',
    openFeed: 'write',
    claim: 'write',
    claimOverdue: 'write',
    settle: 'write',
    blockDestinations: 'write',
  },
  content: { chunkCount: 'read', readChunk: 'read' },
  directory: {
    accountByName: 'read',
    listAccounts: 'read',
    findDomain: 'read',
    domainHolder: 'read',
    oldestVerifiedDomain: 'read',
    listDomains: 'read',
    dkimKeys: 'read',
    selectorsOf: 'read',
    domainsRotating: 'read',
    domainsToRotate: 'read',
    delegatedDomains: 'read',
    credentialByUsername: 'read',
    credentialBySecretHash: 'read',
    credentialByCertificate: 'read',
    findCredential: 'read',
    listCredentials: 'read',
    credentialsExpiring: 'read',
    latestVersion: 'read',
    credentialsChangedSince: 'read',
    networkCredentials: 'read',
    streamByName: 'read',
    listStreams: 'read',
    streamsWithDeliveryTerms: 'read',
    streamMisfits: 'read',
    hasHashedSuppressions: 'read',
    addAccount: 'write',
    changeAccount: 'write',
    addDomain: 'write',
    recordDomainCheck: 'write',
    removeDomain: 'write',
    addDkimKeys: 'write',
    recordPendingKeys: 'write',
    dropPendingKeys: 'write',
    markRemovableKeys: 'write',
    forgetKeys: 'write',
    changeDomain: 'write',
    addCredential: 'write',
    revokeCredential: 'write',
    changeCredential: 'write',
    replaceCredentialSecret: 'write',
    endOldSecret: 'write',
    addStream: 'write',
    changeStream: 'write',
    removeStream: 'write',
    recordStreamMisfits: 'write',
  },
  audit: {
    auditLines: 'read',
    auditStretch: 'read',
    auditHead: 'read',
    noteAudit: 'write',
    eraseAuditText: 'write',
  },
  removal: {
    accountContents: 'read',
    countEventsOf: 'read',
    accountsRemoving: 'read',
    beginRemoval: 'write',
    removeSomeOf: 'write',
  },
  erasure: { erasures: 'read', beginErasure: 'write', eraseSome: 'write' },
  suppressions: {
    suppressionFor: 'read',
    suppressionsOf: 'read',
    listSuppressions: 'read',
    countSuppressions: 'read',
    addSuppression: 'write',
    removeSuppression: 'write',
    importSuppressions: 'write',
  },
  queue: {
    listMessages: 'read',
    listQueue: 'read',
    tallySelected: 'read',
    pageOfMessages: 'read',
    messageById: 'read',
    contentIdOf: 'read',
    summary: 'read',
    destination: 'read',
    destinationTrouble: 'read',
    limitsWaitedFor: 'read',
    mailOfDomain: 'read',
    lastAttempt: 'read',
    retry: 'write',
    hold: 'write',
    release: 'write',
    cancel: 'write',
    reroute: 'write',
    suspendDestination: 'write',
    endDestinationSuspension: 'write',
    holdSuspended: 'write',
    releaseSuspended: 'write',
    endWaits: 'write',
    reschedule: 'write',
  },
  search: {
    searchMessages: 'read',
    searchStanding: 'read',
    indexSome: 'write',
    indexAgain: 'write',
  },
  events: {
    readEvents: 'read',
    countEvents: 'read',
    countBounces: 'read',
    lastEventSequence: 'read',
    newestEventMs: 'read',
  },
  statistics: { statistics: 'read' },
  health: {
    healthTotals: 'read',
    streamTotals: 'read',
    healthStates: 'read',
    setHealth: 'write',
    releaseHealth: 'write',
  },
  logins: { loginRecords: 'read', recordLogins: 'write', clearLogins: 'write' },
  unsubscribes: { subscriptions: 'read', unsubscribe: 'write', resubscribe: 'write' },
  reports: {
    reportedMessage: 'read',
    unverifiedReports: 'read',
    unverifiedReport: 'read',
    applyReport: 'write',
    keepReport: 'write',
    applyKeptReport: 'write',
  },
  refusals: { refusedMessages: 'read', refusedMessage: 'read', keepRefused: 'write' },
  retention: { clean: 'write' },
  templates: {
    findTemplate: 'read',
    templateVersion: 'read',
    listTemplates: 'read',
    addTemplate: 'write',
    addTemplateVersion: 'write',
    removeTemplate: 'write',
  },
  webhooks: {
    listWebhooks: 'read',
    webhookById: 'read',
    webhooksVersion: 'read',
    webhookDeliveries: 'read',
    dueWebhookDeliveries: 'read',
    nextWebhookAttemptAtMs: 'read',
    countWebhookRetries: 'read',
    webhookWaitsFor: 'read',
    isWebhookRecorded: 'read',
    eventSequenceAt: 'read',
    addWebhook: 'write',
    changeWebhook: 'write',
    pauseWebhook: 'write',
    resumeWebhook: 'write',
    rotateWebhookSecret: 'write',
    removeWebhook: 'write',
    replayWebhook: 'write',
    recordWebhooks: 'write',
  },
  idempotency: { firstResult: 'read' },
  usage: {
    recipientsOfDay: 'read',
    usageOf: 'read',
    storageOf: 'read',
    knownRecipients: 'read',
    lastUses: 'read',
    unusedCredentials: 'read',
    newNetworks: 'read',
    certificatesEnding: 'read',
    recordUses: 'write',
  },
  findings: {
    checkStates: 'read',
    lookStates: 'read',
    serverEvents: 'read',
    lastServerEvent: 'read',
    recordChecks: 'write',
    recordLooks: 'write',
  },
  fleet: {
    nodes: 'read',
    databaseState: 'read',
    drainNode: 'write',
    removeNode: 'write',
    noteNodeKeys: 'write',
  },
  limits: { leaseTokens: 'write' },
  egress: {
    sourceDays: 'read',
    sourceLimits: 'read',
    leaseSource: 'write',
    countSources: 'write',
    countComplaint: 'write',
    limitSource: 'write',
    forgetSourceLimit: 'write',
  },
  shaping: {
    destinationLimits: 'read',
    suspensions: 'read',
    accountsResuming: 'read',
    leaseWindow: 'write',
    returnTokens: 'write',
    limitDestination: 'write',
    raiseLimits: 'write',
    liftLimits: 'write',
    suspend: 'write',
    resume: 'write',
    endSuspension: 'write',
    resumed: 'write',
  },
  secrets: {
    masterKeyCheck: 'read',
    oldestSecrets: 'read',
    secretsAfter: 'read',
    keepMasterKeyCheck: 'write',
    replaceMasterKeyCheck: 'write',
    reseal: 'write',
  },
  dataKeys: {
    dataKeys: 'read',
    firstDataKey: 'read',
    hashesUnderOthers: 'read',
    newestKnownRecipient: 'read',
    noteDataKey: 'write',
    rehashSecrets: 'write',
    rehashRecipients: 'write',
  },
} as const satisfies Table;

type VerbsOf<R extends Role, Kind> = {
  [Verb in keyof Store[R]]: (typeof VERBS)[R][Verb & keyof (typeof VERBS)[R]] extends Kind ? Verb : never;
}[keyof Store[R]];

type RolesWith<Kind> = { [R in Role]: [VerbsOf<R, Kind>] extends [never] ? never : R }[Role];

type Half<Kind> = { readonly [R in RolesWith<Kind>]: Pick<Store[R], VerbsOf<R, Kind>> };

type AllOf<Union> = (Union extends unknown ? (one: Union) => void : never) extends (all: infer All) => void
  ? All
  : never;

/** The changes, by role. */
export type StoreWrites = Half<'write'>;

/** The reads. Their names are unique over all roles, so one object has them all. */
export type StoreReads = AllOf<Half<'read'>[RolesWith<'read'>]>;

/** The changing verbs of `role`. */
export function writesOf(role: Role): readonly string[] {
  return Object.entries(VERBS[role])
    .filter(([, kind]) => kind === 'write')
    .map(([verb]) => verb);
}
