/** Made by test/ui/api-types.test.ts: not to be edited. */

export interface paths {
    "/v1/send": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send a message
         * @description Answered once the message is durable. With the header Idempotency-Key a repeat within 24 hours gets the first response and sends nothing.
         *
         *     Scope: `send`.
         */
        post: operations["send"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/batch": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send up to 1,000 messages
         * @description Valid messages are stored in one transaction; the others have an error as their result. The header Idempotency-Key applies to the whole request.
         *
         *     Scope: `send`.
         */
        post: operations["sendBatch"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/messages/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show a message: its deliveries, every attempt, every event
         * @description Scope: `messages:read`.
         */
        get: operations["showMessage"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Reschedule a message
         * @description Until its delivery has started. A time in the past means now. Its time to live counts from the new time. A message that this key submitted; for those of other credentials the scope `admin` is needed.
         *
         *     Scope: `send`.
         */
        patch: operations["rescheduleMessage"];
        trace?: never;
    };
    "/v1/messages/{id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Cancel the unsent deliveries of a message
         * @description Waiting and held deliveries are cancelled; those that are settled, or in progress at this moment, are not. 409 when there is none to cancel. A message that this key submitted; for those of other credentials the scope `admin` is needed.
         *
         *     Scope: `send`.
         */
        post: operations["cancelMessage"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/templates": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the templates of the account
         * @description Scope: `templates`.
         */
        get: operations["listTemplates"];
        put?: never;
        /**
         * Add a template
         * @description Scope: `templates`.
         */
        post: operations["addTemplate"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/templates/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show a template, or one of its versions
         * @description Scope: `templates`.
         */
        get: operations["showTemplate"];
        /**
         * Change a template by adding a version
         * @description Scope: `templates`.
         */
        put: operations["changeTemplate"];
        post?: never;
        /**
         * Remove a template with all its versions
         * @description Scope: `templates`.
         */
        delete: operations["removeTemplate"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/templates/{id}/render": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Render a template without sending it
         * @description Scope: `templates`.
         */
        post: operations["renderTemplate"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/messages": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List messages, newest first
         * @description A page may be empty without being the last: continue while `next` is not null. Texts are found whatever their case, in parts of three characters and more. `index_behind`: the index of texts is being filled, so a search takes more pages.
         *
         *     Scope: `messages:read`.
         */
        get: operations["listMessages"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/messages/{id}/raw": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get the content of a message, octet for octet
         * @description As stored, without the fields that delivery adds. Needs the scope admin, because it is private content.
         *
         *     Scope: `admin`.
         */
        get: operations["readMessageContent"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List events, oldest first
         * @description Pass `next` as `after` to continue, now or later: no event is skipped or repeated. A page may be empty although `more` is true.
         *
         *     Scope: `messages:read`.
         */
        get: operations["listEvents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/events/stream": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Follow events (server-sent events)
         * @description Each has the event id as `id`, its type as `event` and the event as `data`. After an interruption the header Last-Event-ID, or `after`, resumes there; without either the stream begins now.
         *
         *     Scope: `messages:read`.
         */
        get: operations["streamEvents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/suppressions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the suppressions of the account, by address
         * @description Without expired ones. A page with a filter may be short or empty and have a next one.
         *
         *     Scope: `suppressions`.
         */
        get: operations["listSuppressions"];
        put?: never;
        /**
         * Suppress an address
         * @description Queued deliveries to the address are not sent either. Replaces one by hand of the same address and scope.
         *
         *     Scope: `suppressions`.
         */
        post: operations["addSuppression"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/suppressions/{address}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Check whether an address is suppressed
         * @description Scope: `suppressions`.
         */
        get: operations["checkSuppression"];
        put?: never;
        post?: never;
        /**
         * Remove a suppression
         * @description Scope: `suppressions`.
         */
        delete: operations["removeSuppression"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/recipients/{address}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Erase what the account has of one person
         * @description Addresses become a pseudonym; content and subject of mail to and from the address go; its suppressions stay as hashes, so that it is still not mailed. Cannot be undone. 202: it goes on; repeat the request for its end.
         *
         *     Scope: `recipients`.
         */
        delete: operations["eraseRecipient"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/domains": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the sending domains of the account, by name
         * @description Scope: `domains`.
         */
        get: operations["listDomains"];
        put?: never;
        /**
         * Add a sending domain
         * @description Generates its DKIM keys and returns the DNS records to publish. Publishing them verifies the domain: what other accounts added and never verified does not count.
         *
         *     Scope: `domains`.
         */
        post: operations["addDomain"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/domains/{domain}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show a domain with its DNS records and the last look-up
         * @description Scope: `domains`.
         */
        get: operations["showDomain"];
        put?: never;
        post?: never;
        /**
         * Remove a domain and its DKIM keys
         * @description Mail from it is refused from then on; queued messages (`waiting`) can no longer be signed, and are deferred until they expire. The keys cannot be restored.
         *
         *     Scope: `domains`.
         */
        delete: operations["removeDomain"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/domains/{domain}/verify": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Verify a domain: look up its DNS records now
         * @description The response gives for each record whether it is ok, missing or different. The domain is verified when its DKIM records are ok and no other account was verified before (`verified_elsewhere`); a verified domain stays verified when DNS does not answer (503).
         *
         *     Scope: `domains`.
         */
        post: operations["verifyDomain"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/domains/{domain}/rotate-dkim": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Make new DKIM keys, which sign when their records are in DNS
         * @description The records to publish have purposes that end in `-next`. The new keys sign ten minutes after all their records were seen; the present ones sign until then, and their records (`-old`) stay until the event `domain_changed` names them as `removable`. While new keys wait this returns the same ones again.
         *
         *     Scope: `domains`.
         */
        post: operations["rotateDkim"];
        /**
         * Take back new DKIM keys that wait; the present ones go on signing
         * @description Scope: `domains`.
         */
        delete: operations["cancelDkimRotation"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/streams": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the streams of the account, by name, and how mail does not fit them
         * @description Scope: `messages:read`.
         */
        get: operations["listStreams"];
        put?: never;
        /**
         * Add a stream
         * @description Scope: `admin`.
         */
        post: operations["addStream"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/streams/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show a stream, and how mail does not fit it
         * @description Scope: `messages:read`.
         */
        get: operations["showStream"];
        put?: never;
        post?: never;
        /**
         * Remove a stream that no credential sends in; its suppressions stay
         * @description Scope: `admin`.
         */
        delete: operations["removeStream"];
        options?: never;
        head?: never;
        /**
         * Change a stream; null takes a term away
         * @description Scope: `admin`.
         */
        patch: operations["changeStream"];
        trace?: never;
    };
    "/v1/account": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get the limits and the state of the account
         * @description Scope: `messages:read`.
         */
        get: operations["getAccount"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/stats": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get statistics
         * @description Counts, rates and times to deliver by hour or day (UTC). With `group`, also for each domain, stream, destination, tag or credential; with one of those as a parameter, for that one only. DSNs of the relay itself are not counted.
         *
         *     Scope: `messages:read`.
         */
        get: operations["getStats"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/credentials": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the credentials of the account, without their secrets
         * @description By time of creation, including revoked ones.
         *
         *     Scope: `admin`.
         */
        get: operations["listCredentials"];
        put?: never;
        /**
         * Add a login, an API key or a network
         * @description The response has the password or key, shown only once. A key that is itself bound (domains, from, allow_ip, rate_per_minute, daily_quota, limits, expires_at) cannot add a less bound credential: absent fields are taken from the key, wider ones are 403.
         *
         *     Scope: `admin`.
         */
        post: operations["addCredential"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/credentials/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show a credential, without its secret
         * @description Scope: `admin`.
         */
        get: operations["showCredential"];
        put?: never;
        post?: never;
        /**
         * Revoke a credential: it stops working within a second, permanently
         * @description Scope: `admin`.
         */
        delete: operations["revokeCredential"];
        options?: never;
        head?: never;
        /**
         * Change a credential; its user name and secret stay
         * @description In force within a second, in open sessions too. Absent fields stay as they are, lists are replaced as a whole (an empty one allows everything), null takes a limit away. 403 where the result would be less bound than the calling key.
         *
         *     Scope: `admin`.
         */
        patch: operations["changeCredential"];
        trace?: never;
    };
    "/v1/credentials/{id}/rotate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Rotate the secret; the old one stops working within a second, or stays valid for a while
         * @description 403 for a credential that is less bound than the calling key; 409 for one that logs in by a client certificate. With end_old nothing is made: the response has no secret.
         *
         *     Scope: `admin`.
         */
        post: operations["rotateCredential"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List what was changed in the account, the newest first
         * @description Changes by keys of the account, by the operator and by the relay.
         *
         *     Scope: `admin`.
         */
        get: operations["listAudit"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhooks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the webhooks of the account
         * @description Scope: `webhooks`.
         */
        get: operations["listWebhooks"];
        put?: never;
        /**
         * Create a webhook
         * @description It starts with the next event. The secret verifies the signatures; it is shown only once.
         *
         *     Scope: `webhooks`.
         */
        post: operations["addWebhook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhooks/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show a webhook
         * @description Scope: `webhooks`.
         */
        get: operations["showWebhook"];
        put?: never;
        post?: never;
        /**
         * Remove a webhook and its delivery log
         * @description Scope: `webhooks`.
         */
        delete: operations["removeWebhook"];
        options?: never;
        head?: never;
        /**
         * Change the URL or the events, pause or resume
         * @description Absent fields are unchanged. While it is paused, events wait as long as they are retained; resuming sends them first, unless `skip` is true.
         *
         *     Scope: `webhooks`.
         */
        patch: operations["changeWebhook"];
        trace?: never;
    };
    "/v1/webhooks/{id}/rotate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Rotate the secret; both sign until the old one expires
         * @description Scope: `webhooks`.
         */
        post: operations["rotateWebhookSecret"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhooks/{id}/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send a signed test event and return the response
         * @description Also while it is paused. The event is named `test`, belongs to no message, and is not retried.
         *
         *     Scope: `webhooks`.
         */
        post: operations["testWebhook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhooks/{id}/deliveries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get the delivery log, newest first
         * @description Scope: `webhooks`.
         */
        get: operations["listWebhookDeliveries"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhooks/{id}/replay": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Replay events
         * @description By id, all failed ones, a range of time, or those after an event. They keep their `webhook-id`. Events that were not sent yet come anyway and are not counted. Events: accepted, delivered, deferred, bounced, expired, suppressed, complained, opened, clicked, unsubscribed, cancelled, refused, health_changed, domain_changed, report_unverified, webhook_paused, webhook_disabled.
         *
         *     Scope: `webhooks`.
         */
        post: operations["replayWebhook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/healthz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Is the process up? */
        get: operations["isUp"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/readyz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Is mail accepted and delivered?
         * @description 503 when mail cannot be accepted. Other problems are listed and do not change the status.
         */
        get: operations["isReady"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Metrics for Prometheus
         * @description From this machine itself without a key, unless through a proxy; otherwise with the scope `admin`.
         */
        get: operations["readMetrics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        Attachment: {
            filename: string;
            /** @description The octets in base64 */
            content: string;
            /** @description Default: by the file name */
            content_type?: string | null;
            /** @description Shown within the HTML, which names it as `cid:...` */
            content_id?: string | null;
        };
        MessageToSend: {
            /** @description The author: such as "ada@example.org" or "Ada Lovelace <ada@example.org>". Its domain must be verified for the account */
            from: string;
            /** @description A string or a list: such as "ada@example.org" or "Ada Lovelace <ada@example.org>" */
            to?: (string | string[]) | null;
            cc?: (string | string[]) | null;
            /** @description Blind copies: not shown to other recipients */
            bcc?: (string | string[]) | null;
            reply_to?: (string | string[]) | null;
            subject?: string | null;
            text?: string | null;
            html?: string | null;
            /** @description Header fields to add, such as {"X-Campaign": "spring"}; a list repeats the field */
            headers?: {
                [key: string]: string | string[];
            } | null;
            attachments?: components["schemas"]["Attachment"][] | null;
            tags?: string[] | null;
            metadata?: {
                [key: string]: string;
            } | null;
            stream?: string | null;
            /** @description Replaces text and html: the name of a template, or name@version */
            template?: string | null;
            /** @description Variables of the template */
            variables?: {
                [key: string]: unknown;
            } | null;
            /** @description Earliest time of delivery: a time with its zone, at most 366 days ahead, such as 2026-01-31T09:00:00Z (RFC 3339). A time in the past means now */
            send_at?: string | null;
            /** @description Time to live: a duration such as "10m", or seconds; 1 minute to 30 days, counted from send_at */
            expires_in?: (string | number) | null;
            track?: unknown;
        };
        Error: {
            error: {
                /** @description Stable, for programs */
                code: string;
                /** @description For people: the error, and what is accepted */
                message: string;
                /** @description The field at fault, such as `to[2]` or `query.limit` */
                field?: string;
                /** @description All errors of the request */
                errors?: {
                    field: string;
                    message: string;
                }[];
            };
        };
        AuditLine: {
            id: string;
            /** Format: date-time */
            at: string;
            /** @description A key of the account (`api:crd_...`), a person at the dashboard (`user:usr_...`), `operator`, or `relay` */
            actor: string;
            /** @description The id of the key */
            credential: string | null;
            /** @description The address that the key was used from */
            origin: string | null;
            /** @description Such as `suppression add` */
            action: string;
            /** @description What it was done to; `(erased)` in place of an address that is not kept any more */
            subject: string;
        };
        Account: {
            name: string;
            /** @description Of all its credentials together; a credential may have its own besides */
            limits: {
                [key: string]: number;
            };
            /** @description How much of each of its limits is used */
            usage: {
                /** @enum {string} */
                limit: "messages_per_second" | "messages_per_minute" | "messages_per_hour" | "messages_per_day" | "recipients_per_second" | "recipients_per_minute" | "recipients_per_hour" | "recipients_per_day" | "new_recipients_per_day";
                most: number;
                /** @description Of the present period. Of a rate: as far as this node knows */
                used: number | null;
                /** @description End of the hour or day (UTC), or when all of a rate is there again */
                until: string | null;
            }[];
            /** @description Octets of content that it may keep; null: no limit */
            storage_bytes: number | null;
            /** @description Octets that it keeps; null: no limit */
            storage_used_bytes: number | null;
            /** @description Mail from before the limit is still being counted */
            storage_counting: boolean;
            /** @description How long content is kept; null: as the relay is configured */
            retain_content_ms: number | null;
            retain_metadata_ms: number | null;
            retain_events_ms: number | null;
            /** @description Its own limits of sending health, shares in 0 .. 1, null: never; others are as the relay is configured */
            health_limits: {
                [key: string]: number | null;
            };
            /** @description Its mail is accepted and held, until an operator resumes it */
            suspended: boolean;
            /** @description null: until somebody resumes it, or it is not suspended */
            suspended_until: string | null;
            /** @description Where its mail is throttled or held, or soon will be, and why */
            health: {
                /** @description null: the whole account */
                stream: string | null;
                /** @enum {string} */
                level: "good" | "warn" | "throttle" | "hold";
                reason: string;
            }[];
        };
        Sent: {
            /** @description The message: `msg_...` */
            id: string;
            /** @enum {string} */
            status: "queued" | "scheduled";
            /** @description As given */
            to?: unknown;
            /** @description Suppressed recipients, who are not mailed; absent when there are none */
            suppressed?: string[];
        };
        BatchResult: {
            /** @description In the order of the messages: the message, or the error */
            results: (components["schemas"]["Sent"] | components["schemas"]["Error"])[];
            accepted: number;
            refused: number;
        };
        Credential: {
            name: string;
            account: string;
            allow_ip: string[];
            domains: string[];
            from: string[];
            scopes: string[];
            stream: string;
            rate_per_minute: number | null;
            daily_quota: number | null;
            /** @description All limits of use, by name */
            limits: {
                [key: string]: number;
            };
            require_tls: boolean;
            send_dsn: boolean;
            dsn_to: string | null;
            expires_at: string | null;
            revoked_at: string | null;
            /** Format: date-time */
            created_at: string;
            id: string;
            /** @enum {string} */
            kind: "smtp" | "api" | "network";
            username: string | null;
            networks: string[];
            /** @description The client certificate that it logs in by, in place of a password */
            certificate: {
                /** @description SHA-256 of its DER form, as OpenSSL prints it */
                fingerprint: string;
                subject: string | null;
                not_after: string | null;
            } | null;
            /** @description How long the secret before the last rotation is valid */
            old_secret_until: string | null;
            last_used: {
                /** Format: date-time */
                at: string;
                address: string | null;
                /** @description EHLO name or user agent */
                name: string | null;
                tls: string | null;
                secret_at: string | null;
                old_secret_at: string | null;
                networks: {
                    network: string;
                    /** Format: date-time */
                    first_at: string;
                    /** Format: date-time */
                    last_at: string;
                }[];
                /** @description The last network that was new to it */
                new_network: string | null;
                new_network_at: string | null;
            } | null;
        };
        IssuedCredential: {
            name: string;
            account: string;
            allow_ip: string[];
            domains: string[];
            from: string[];
            scopes: string[];
            stream: string;
            rate_per_minute: number | null;
            daily_quota: number | null;
            /** @description All limits of use, by name */
            limits: {
                [key: string]: number;
            };
            require_tls: boolean;
            send_dsn: boolean;
            dsn_to: string | null;
            expires_at: string | null;
            revoked_at: string | null;
            /** Format: date-time */
            created_at: string;
            id: string;
            /** @enum {string} */
            kind: "smtp" | "api" | "network";
            username?: string | null;
            /** @description smtp: shown only once */
            password?: string | null;
            /** @description api: shown only once */
            key?: string | null;
            networks?: string[];
            /** @description The client certificate that it logs in by, in place of a password */
            certificate: {
                /** @description SHA-256 of its DER form, as OpenSSL prints it */
                fingerprint: string;
                subject: string | null;
                not_after: string | null;
            } | null;
            old_secret_until?: string | null;
        };
        Domain: {
            domain: string;
            /** @description Its DKIM records were seen: mail from it is accepted */
            verified: boolean;
            id: string;
            account: string;
            /**
             * @description The signing keys: RSA-2048 and Ed25519, or RSA-2048 alone
             * @enum {string}
             */
            dkim: "both" | "rsa";
            verified_at: string | null;
            /** @description Its DKIM records were seen, but another account was verified first: the domain is free once that account removes it, or when its records have been gone for a week. Then verify again */
            verified_elsewhere: boolean;
            /** @description Since when DKIM records that were seen are missing or different: a week later another account that publishes its own may take the domain over */
            failing_since: string | null;
            /** @description How many look-ups have found that since then */
            failed_looks: number;
            /** @description While the records fail: mail is accepted until then at least; after three look-ups that found it, and then, it is refused */
            accepted_until: string | null;
            /** Format: date-time */
            created_at: string;
            /** @description Its DKIM names are CNAMEs into a zone of the relay */
            delegated: boolean;
            /** @description Age at which its keys are rotated; null: as configured; 0: never */
            rotate_every_seconds: number | null;
            dkim_keys: {
                selector: string;
                algorithm: string;
                /** @enum {string} */
                state: "pending" | "active" | "retired" | "removable";
                /** Format: date-time */
                created_at: string;
                /** @description Of a pending key: since when its record is seen */
                seen_since: string | null;
                signs_since: string | null;
                /** @description Since when its record is known to be missing or different */
                failing_since: string | null;
                /** @description Since when mail is signed with the other key alone */
                dropped_at: string | null;
                retired_at: string | null;
                /** @description Since when its record may be taken down */
                removable_at: string | null;
            }[];
            /** @description When pending keys begin to sign, if their records stay */
            dkim_switch_at: string | null;
            /** @description The DNS records to publish */
            records: {
                /** @description dkim-rsa, dkim-ed25519, spf, dmarc, return-path-mx or return-path-spf; of keys that do not sign dkim-rsa-next, dkim-rsa-old and so on */
                purpose: string;
                /** @enum {string} */
                type: "TXT" | "MX" | "CNAME";
                name: string;
                /** @description The record data: a TXT unquoted and whole, an MX as `10 host.` */
                value: string;
                /** @enum {string} */
                status: "unchecked" | "ok" | "missing" | "different";
                /** @description After a look-up: what DNS has of that type at that name */
                found?: string[];
                /** @description What is wrong with it or worth knowing, a line each */
                remarks?: string[];
                /** @description Of an SPF record that does not allow this relay: the one to publish in its place, with its terms */
                proposed?: string;
            }[];
        };
        Event: {
            /** @description Sortable by time; the cursor */
            id: string;
            /** @enum {string} */
            event: "accepted" | "delivered" | "deferred" | "bounced" | "expired" | "suppressed" | "complained" | "opened" | "clicked" | "unsubscribed" | "cancelled" | "refused" | "health_changed" | "domain_changed" | "report_unverified" | "webhook_paused" | "webhook_disabled";
            message_id: string | null;
            delivery_id: string | null;
            recipient: string | null;
            /** Format: date-time */
            timestamp: string;
            account: string;
            stream: string | null;
            tags: string[];
            metadata: {
                [key: string]: string;
            };
        } & {
            [key: string]: unknown;
        };
        Message: {
            id: string;
            account: string;
            stream: string;
            reverse_path: string;
            header_from: string;
            subject: string | null;
            size_bytes: number;
            /** Format: date-time */
            accepted_at: string;
            deliveries: {
                id: string;
                recipient: string;
                destination: string;
                /** @enum {string} */
                state: "scheduled" | "queued" | "deferred" | "held" | "delivered" | "bounced" | "expired" | "suppressed" | "cancelled";
                /** @description Its own attempts, and those that failed for its whole destination while it waited */
                attempts: number;
                next_attempt_at: string | null;
                last_reply: string | null;
                settled_at: string | null;
                in_progress: boolean;
                /** @description Its attempts, oldest first, and the last 25 that failed for its whole destination; not in lists */
                history?: {
                    /** Format: date-time */
                    at: string;
                    host: string | null;
                    address: string | null;
                    tls: string | null;
                    /** @description Why it was sent in clear although the host offers TLS; else null */
                    tls_failure: string | null;
                    reply: string;
                    duration_ms: number;
                    stage: string;
                    reply_code: number | null;
                    status: string | null;
                    /** @description Class of a failure of this relay itself; else null */
                    local_class: ("local-key" | "local-domain" | "local-relay" | "local-relay-login" | "local-limit" | "local-store" | "local-dns" | "local-source" | "local-fault") | null;
                    /** @description The [[route]] that it took; null: direct, by none */
                    route: string | null;
                    /** @description The [[source]] that it left from; null: the address of the system */
                    source: string | null;
                }[];
            }[];
            /** @enum {string} */
            via: "smtp" | "http" | "dsn";
            credential_id: string | null;
            message_id_header: string;
            tags: string[];
            metadata: {
                [key: string]: string;
            };
            send_at: string | null;
            expires_at: string | null;
            has_content: boolean;
        };
        MessageWithEvents: {
            id: string;
            account: string;
            stream: string;
            reverse_path: string;
            header_from: string;
            subject: string | null;
            size_bytes: number;
            /** Format: date-time */
            accepted_at: string;
            deliveries: {
                id: string;
                recipient: string;
                destination: string;
                /** @enum {string} */
                state: "scheduled" | "queued" | "deferred" | "held" | "delivered" | "bounced" | "expired" | "suppressed" | "cancelled";
                /** @description Its own attempts, and those that failed for its whole destination while it waited */
                attempts: number;
                next_attempt_at: string | null;
                last_reply: string | null;
                settled_at: string | null;
                in_progress: boolean;
                /** @description Its attempts, oldest first, and the last 25 that failed for its whole destination; not in lists */
                history?: {
                    /** Format: date-time */
                    at: string;
                    host: string | null;
                    address: string | null;
                    tls: string | null;
                    /** @description Why it was sent in clear although the host offers TLS; else null */
                    tls_failure: string | null;
                    reply: string;
                    duration_ms: number;
                    stage: string;
                    reply_code: number | null;
                    status: string | null;
                    /** @description Class of a failure of this relay itself; else null */
                    local_class: ("local-key" | "local-domain" | "local-relay" | "local-relay-login" | "local-limit" | "local-store" | "local-dns" | "local-source" | "local-fault") | null;
                    /** @description The [[route]] that it took; null: direct, by none */
                    route: string | null;
                    /** @description The [[source]] that it left from; null: the address of the system */
                    source: string | null;
                }[];
            }[];
            /** @enum {string} */
            via: "smtp" | "http" | "dsn";
            credential_id: string | null;
            message_id_header: string;
            tags: string[];
            metadata: {
                [key: string]: string;
            };
            send_at: string | null;
            expires_at: string | null;
            has_content: boolean;
            /** @description Events, oldest first; at most the first 1,000 */
            events: components["schemas"]["Event"][];
        };
        Erasure: {
            address: string;
            account: string;
            /** @description false: the relay goes on; the same request asks again */
            finished: boolean;
            /** @description Messages under way to others that mention the address */
            waits_for: number;
            /** @description What stands in place of the address from now on */
            pseudonym: string;
            /** @description Rows by kind, of this and earlier requests of the same erasure */
            erased: {
                deliveries: number;
                messages: number;
                contents: number;
                attempts: number;
                events: number;
                webhook_deliveries: number;
                reports: number;
                refused: number;
                suppressions: number;
                audit_texts: number;
                others: number;
            };
            /** @description The log of the database may have some of it for a while: the same request tries again */
            leaves_rests: boolean;
            /** @description Configuration that has the address, and how it is changed */
            left: {
                what: string;
                name: string;
                remedy: string;
            }[];
            /** @description What no relay reaches */
            not_reached: string[];
        };
        StatsFigures: {
            accepted: number;
            delivered: number;
            /** @description Delivered without a deferral */
            delivered_at_first_attempt: number;
            /** @description Of those delivered: taken by a smart host of a route */
            relayed: number;
            /** @description Deferred attempts; one delivery may have many */
            deferred: number;
            /** @description Hard and soft */
            bounced: number;
            bounced_hard: number;
            bounced_soft: number;
            /** @description Bounced by a report after delivery */
            bounced_after_delivery: number;
            expired: number;
            suppressed: number;
            complained: number;
            unsubscribed: number;
            cancelled: number;
            opened: number;
            clicked: number;
            /** @description 0 to 1; null when the denominator is 0 */
            delivery_rate: number | null;
            /** @description 0 to 1; null when the denominator is 0 */
            bounce_rate: number | null;
            /** @description 0 to 1; null when the denominator is 0 */
            hard_bounce_rate: number | null;
            /** @description 0 to 1; null when the denominator is 0 */
            complaint_rate: number | null;
            /** @description 0 to 1; null when the denominator is 0 */
            first_attempt_rate: number | null;
            /** @description From acceptance, or `send_at`, to delivery; each within 9.1 % */
            time_to_deliver_ms: {
                p50: number;
                p90: number;
                p99: number;
            } | null;
        };
        Stats: {
            account: string | null;
            /** Format: date-time */
            from: string;
            /**
             * Format: date-time
             * @description Not in any more
             */
            to: string;
            /** @enum {string} */
            by: "hour" | "day";
            group: ("domain" | "stream" | "destination" | "tag" | "credential") | null;
            only: {
                /** @enum {string} */
                group: "domain" | "stream" | "destination" | "tag" | "credential";
                name: string;
            } | null;
            total: components["schemas"]["StatsFigures"];
            /** @description Every hour or day, oldest first */
            periods: {
                /** Format: date-time */
                at: string;
                accepted: number;
                delivered: number;
                /** @description Delivered without a deferral */
                delivered_at_first_attempt: number;
                /** @description Of those delivered: taken by a smart host of a route */
                relayed: number;
                /** @description Deferred attempts; one delivery may have many */
                deferred: number;
                /** @description Hard and soft */
                bounced: number;
                bounced_hard: number;
                bounced_soft: number;
                /** @description Bounced by a report after delivery */
                bounced_after_delivery: number;
                expired: number;
                suppressed: number;
                complained: number;
                unsubscribed: number;
                cancelled: number;
                opened: number;
                clicked: number;
                /** @description 0 to 1; null when the denominator is 0 */
                delivery_rate: number | null;
                /** @description 0 to 1; null when the denominator is 0 */
                bounce_rate: number | null;
                /** @description 0 to 1; null when the denominator is 0 */
                hard_bounce_rate: number | null;
                /** @description 0 to 1; null when the denominator is 0 */
                complaint_rate: number | null;
                /** @description 0 to 1; null when the denominator is 0 */
                first_attempt_rate: number | null;
                /** @description From acceptance, or `send_at`, to delivery; each within 9.1 % */
                time_to_deliver_ms: {
                    p50: number;
                    p90: number;
                    p99: number;
                } | null;
            }[];
            /** @description With `group`: largest first. `(other)` is the rest */
            names: {
                name: string;
                title: string | null;
                accepted: number;
                delivered: number;
                /** @description Delivered without a deferral */
                delivered_at_first_attempt: number;
                /** @description Of those delivered: taken by a smart host of a route */
                relayed: number;
                /** @description Deferred attempts; one delivery may have many */
                deferred: number;
                /** @description Hard and soft */
                bounced: number;
                bounced_hard: number;
                bounced_soft: number;
                /** @description Bounced by a report after delivery */
                bounced_after_delivery: number;
                expired: number;
                suppressed: number;
                complained: number;
                unsubscribed: number;
                cancelled: number;
                opened: number;
                clicked: number;
                /** @description 0 to 1; null when the denominator is 0 */
                delivery_rate: number | null;
                /** @description 0 to 1; null when the denominator is 0 */
                bounce_rate: number | null;
                /** @description 0 to 1; null when the denominator is 0 */
                hard_bounce_rate: number | null;
                /** @description 0 to 1; null when the denominator is 0 */
                complaint_rate: number | null;
                /** @description 0 to 1; null when the denominator is 0 */
                first_attempt_rate: number | null;
                /** @description From acceptance, or `send_at`, to delivery; each within 9.1 % */
                time_to_deliver_ms: {
                    p50: number;
                    p90: number;
                    p99: number;
                } | null;
            }[];
            /** @description Number of names left out */
            more_names: number;
        };
        Stream: {
            name: string;
            /** @enum {string} */
            kind: "transactional" | "broadcast";
            account: string;
            /** Format: date-time */
            created_at: string;
            /** @description Its name for recipients */
            title: string | null;
            /** @description Mail from this label below the domains is of the stream */
            subdomain: string | null;
            /** @description Sources that its mail leaves from; the operator sets it */
            pool: string | null;
            /** @description null: as configured */
            retry_schedule_ms: number[] | null;
            /** @description How long its mail is tried; null: as configured */
            max_age_ms: number | null;
            /** @description Below 0 it is bulk; null: as its kind says */
            priority: number | null;
            /** @description Of messages that do not have them */
            headers: {
                [key: string]: string;
            };
            track: ("opens" | "clicks")[];
        };
        StreamWithWarnings: {
            name: string;
            /** @enum {string} */
            kind: "transactional" | "broadcast";
            account: string;
            /** Format: date-time */
            created_at: string;
            /** @description Its name for recipients */
            title: string | null;
            /** @description Mail from this label below the domains is of the stream */
            subdomain: string | null;
            /** @description Sources that its mail leaves from; the operator sets it */
            pool: string | null;
            /** @description null: as configured */
            retry_schedule_ms: number[] | null;
            /** @description How long its mail is tried; null: as configured */
            max_age_ms: number | null;
            /** @description Below 0 it is bulk; null: as its kind says */
            priority: number | null;
            /** @description Of messages that do not have them */
            headers: {
                [key: string]: string;
            };
            track: ("opens" | "clicks")[];
            /** @description What is wrong with it, or with the mail that is sent in it */
            warnings: string[];
        };
        Suppression: {
            /** @description `hash:` and its hash where the address was erased */
            address: string;
            /** @description The address was erased; mail to it is still not sent */
            erased: boolean;
            /** @description unknown-address, complaint, soft-bounces, manual, import or unsubscribe */
            reason: string;
            /** @description The stream, or `account` for all streams */
            scope: string;
            /** Format: date-time */
            created_at: string;
            expires_at: string | null;
            account: string;
            /** @description Its evidence: a reply or a note */
            evidence: string;
            created_by: string;
            /** @description Its source event */
            event: string | null;
        };
        TemplateSummary: {
            id: string;
            name: string;
            version: number;
            /** Format: date-time */
            created_at: string;
        };
        Template: {
            id: string;
            name: string;
            version: number;
            latest_version: number;
            subject: string | null;
            html: string | null;
            text: string | null;
            variables: {
                name: string;
                required: boolean;
            }[];
            /** Format: date-time */
            created_at: string;
        };
        RenderedTemplate: {
            subject: string | null;
            html: string | null;
            text: string;
        };
        Webhook: {
            id: string;
            url: string;
            events: string[];
            account: string;
            /** @enum {string} */
            state: "active" | "paused" | "disabled";
            /** @description Why it is paused or disabled */
            state_reason: string | null;
            /** Format: date-time */
            state_since: string;
            /** @description Failing since; null: the last request succeeded */
            failing_since: string | null;
            /** @description Last successful request */
            delivered_at: string | null;
            /** @description Every event up to this one was sent, is in the delivery log, or was not subscribed to */
            cursor: string;
            old_secret_until: string | null;
            /** Format: date-time */
            created_at: string;
        };
        WebhookDelivery: {
            event_id: string;
            event: string;
            message_id: string | null;
            /** @enum {string} */
            state: "pending" | "delivered" | "failed";
            attempts: number;
            next_attempt_at: string | null;
            last_attempt: {
                /** Format: date-time */
                at: string;
                status: number | null;
                error: string | null;
                response: string | null;
                duration_ms: number;
            } | null;
            ended_at: string | null;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    send: {
        parameters: {
            query?: never;
            header?: {
                /** @description A repeat with the same key within 24 hours gets the first response and sends nothing */
                "idempotency-key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["MessageToSend"];
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Sent"];
                };
            };
            /** @description The request is invalid; nothing was done */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The API key is missing or not valid */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The key may not do this, or not from this address */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Rate limit reached: see Retry-After */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Temporarily not possible, nothing was done: see Retry-After */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    sendBatch: {
        parameters: {
            query?: never;
            header?: {
                /** @description A repeat with the same key within 24 hours gets the first response and sends nothing */
                "idempotency-key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description Each like the body of /v1/send */
                    messages: unknown[];
                };
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BatchResult"];
                };
            };
            /** @description The request is invalid; nothing was done */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The API key is missing or not valid */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The key may not do this, or not from this address */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Rate limit reached: see Retry-After */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Temporarily not possible, nothing was done: see Retry-After */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    showMessage: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MessageWithEvents"];
                };
            };
            /** @description The request is invalid; nothing was done */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The API key is missing or not valid */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The key may not do this, or not from this address */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Rate limit reached: see Retry-After */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Temporarily not possible, nothing was done: see Retry-After */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    rescheduleMessage: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    send_at: string;
                };
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Message"];
                };
            };
            /** @description The request is invalid; nothing was done */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The API key is missing or not valid */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The key may not do this, or not from this address */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Rate limit reached: see Retry-After */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Temporarily not possible, nothing was done: see Retry-After */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    cancelMessage: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Message"];
                };
            };
            /** @description The request is invalid; nothing was done */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The API key is missing or not valid */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The key may not do this, or not from this address */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Rate limit reached: see Retry-After */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Temporarily not possible, nothing was done: see Retry-After */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    listTemplates: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["TemplateSummary"][];
                    };
                };
            };
            /** @description The request is invalid; nothing was done */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The API key is missing or not valid */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The key may not do this, or not from this address */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Rate limit reached: see Retry-After */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Temporarily not possible, nothing was done: see Retry-After */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    addTemplate: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    name: string;
                    /** @description Liquid, one line. Default: the subject of the message */
                    subject?: string;
                    /** @description Liquid; variables are escaped */
                    html?: string;
                    /** @description Liquid. Default: derived from the HTML */
                    text?: string;
                    /** @description Names, or {name, required}. Default: all used variables, each required */
                    variables?: (string | {
                        name: string;
                        /** @default true */
                        required?: boolean;
                    })[];
                };
            };
        };
        responses: {
            /** @description Default Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Template"];
                };
            };
            /** @description The request is invalid; nothing was done */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The API key is missing or not valid */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The key may not do this, or not from this address */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Rate limit reached: see Retry-After */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Temporarily not possible, nothing was done: see Retry-After */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    showTemplate: {
        parameters: {
            query?: {
                /** @description Default: the latest */
                version?: number;
            };
            header?: never;
            path: {
                /** @description Id or name */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Template"];
                };
            };
            /** @description The request is invalid; nothing was done */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The API key is missing or not valid */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The key may not do this, or not from this address */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Rate limit reached: see Retry-After */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Temporarily not possible, nothing was done: see Retry-After */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    changeTemplate: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id or name */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description Liquid, one line. Default: the subject of the message */
                    subject?: string;
                    /** @description Liquid; variables are escaped */
                    html?: string;
                    /** @description Liquid. Default: derived from the HTML */
                    text?: string;
                    /** @description Names, or {name, required}. Default: all used variables, each required */
                    variables?: (string | {
                        name: string;
                        /** @default true */
                        required?: boolean;
                    })[];
                };
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Template"];
                };
            };
            /** @description The request is invalid; nothing was done */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The API key is missing or not valid */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The key may not do this, or not from this address */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Rate limit reached: see Retry-After */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Temporarily not possible, nothing was done: see Retry-After */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    removeTemplate: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id or name */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        id: string;
                        name: string;
                        /** @enum {boolean} */
                        removed: true;
                    };
                };
            };
            /** @description The request is invalid; nothing was done */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The API key is missing or not valid */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The key may not do this, or not from this address */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Rate limit reached: see Retry-After */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Temporarily not possible, nothing was done: see Retry-After */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    renderTemplate: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id or name */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @default {} */
                    variables?: {
                        [key: string]: unknown;
                    };
                    version?: number;
                };
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RenderedTemplate"];
                };
            };
            /** @description The request is invalid; nothing was done */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The API key is missing or not valid */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The key may not do this, or not from this address */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Rate limit reached: see Retry-After */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Temporarily not possible, nothing was done: see Retry-After */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    listMessages: {
        parameters: {
            query?: {
                /** @description With a delivery in this state */
                state?: "scheduled" | "queued" | "deferred" | "held" | "delivered" | "bounced" | "expired" | "suppressed" | "cancelled";
                /** @description With this in a recipient, the sender or the subject, or this Message-ID */
                search?: string;
                /** @description To this address; or with this part of it in a recipient */
                recipient?: string;
                /** @description With this in the reverse-path or the From address */
                sender?: string;
                /** @description With this in the subject */
                subject?: string;
                /** @description With this Message-ID field, with or without its brackets */
                message_id?: string;
                /** @description With this in a reply that failed, or with this queue id in one that accepted */
                reply?: string;
                /** @description Accepted at this time or later */
                since?: string;
                /** @description Accepted before this time */
                until?: string;
                /** @description With a delivery to this domain */
                destination?: string;
                stream?: string;
                tag?: string;
                /** @description The `next` of the page before */
                after?: string;
                /** @description Page size (default 50, at most 100) */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["Message"][];
                        /** @description Pass it as `after` for the next page; null: last page. A page may be empty without being the last */
                        next: string | null;
                        index_behind: boolean;
                    };
                };
            };
            /** @description The request is invalid; nothing was done */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The API key is missing or not valid */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The key may not do this, or not from this address */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Rate limit reached: see Retry-After */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Temporarily not possible, nothing was done: see Retry-After */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    readMessageContent: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The content */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "message/rfc822": string;
                };
            };
            /** @description The request is invalid; nothing was done */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The API key is missing or not valid */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The key may not do this, or not from this address */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Rate limit reached: see Retry-After */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Temporarily not possible, nothing was done: see Retry-After */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    listEvents: {
        parameters: {
            query?: {
                /** @description Of this message */
                message?: string;
                recipient?: string;
                /** @description May be repeated */
                type?: ("accepted" | "delivered" | "deferred" | "bounced" | "expired" | "suppressed" | "complained" | "opened" | "clicked" | "unsubscribed" | "cancelled" | "refused" | "health_changed" | "domain_changed" | "report_unverified" | "webhook_paused" | "webhook_disabled") | ("accepted" | "delivered" | "deferred" | "bounced" | "expired" | "suppressed" | "complained" | "opened" | "clicked" | "unsubscribed" | "cancelled" | "refused" | "health_changed" | "domain_changed" | "report_unverified" | "webhook_paused" | "webhook_disabled")[];
                stream?: string;
                tag?: string;
                /** @description Events after this one; default: from the oldest event kept */
                after?: string;
                /** @description Page size (default 100, at most 1000) */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["Event"][];
                        /** @description The cursor after this page */
                        next: string;
                        /** @description There were further events at the time of the read */
                        more: boolean;
                    };
                };
            };
            /** @description The request is invalid; nothing was done */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The API key is missing or not valid */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The key may not do this, or not from this address */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Rate limit reached: see Retry-After */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Temporarily not possible, nothing was done: see Retry-After */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    streamEvents: {
        parameters: {
            query?: {
                /** @description Of this message */
                message?: string;
                recipient?: string;
                /** @description May be repeated */
                type?: ("accepted" | "delivered" | "deferred" | "bounced" | "expired" | "suppressed" | "complained" | "opened" | "clicked" | "unsubscribed" | "cancelled" | "refused" | "health_changed" | "domain_changed" | "report_unverified" | "webhook_paused" | "webhook_disabled") | ("accepted" | "delivered" | "deferred" | "bounced" | "expired" | "suppressed" | "complained" | "opened" | "clicked" | "unsubscribed" | "cancelled" | "refused" | "health_changed" | "domain_changed" | "report_unverified" | "webhook_paused" | "webhook_disabled")[];
                stream?: string;
                tag?: string;
                after?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Events */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": string;
                };
            };
            /** @description The request is invalid; nothing was done */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The API key is missing or not valid */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The key may not do this, or not from this address */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Rate limit reached: see Retry-After */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Temporarily not possible, nothing was done: see Retry-After */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    listSuppressions: {
        parameters: {
            query?: {
                /** @description The `next` of the page before */
                after?: string;
                /** @description Of this stream; `account`: of the whole account */
                stream?: string;
                /** @description For this reason */
                reason?: "unknown-address" | "complaint" | "soft-bounces" | "manual" | "import" | "unsubscribe";
                /** @description Page size (default 100, at most 1000) */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["Suppression"][];
                        /** @description Pass it as `after` for the next page; null: last page. A page may be empty without being the last */
                        next: string | null;
                    };
                };
            };
            /** @description The request is invalid; nothing was done */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The API key is missing or not valid */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The key may not do this, or not from this address */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Rate limit reached: see Retry-After */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Temporarily not possible, nothing was done: see Retry-After */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    addSuppression: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    address: string;
                    /** @description Of this stream only; default: of the whole account */
                    stream?: string;
                    /**
                     * @description A note on the reason
                     * @default
                     */
                    note?: string;
                    /** Format: date-time */
                    expires_at?: string;
                };
            };
        };
        responses: {
            /** @description Default Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Suppression"];
                };
            };
            /** @description The request is invalid; nothing was done */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The API key is missing or not valid */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The key may not do this, or not from this address */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Rate limit reached: see Retry-After */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Temporarily not possible, nothing was done: see Retry-After */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    checkSuppression: {
        parameters: {
            query?: {
                /** @description For mail of this stream */
                stream?: string;
            };
            header?: never;
            path: {
                address: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        address: string;
                        stream: string;
                        suppressed: boolean;
                        /** @description The one that applies */
                        suppression: components["schemas"]["Suppression"] | null;
                        /** @description All that there are of the address */
                        looked_at: {
                            /** @description `hash:` and its hash where the address was erased */
                            address: string;
                            /** @description The address was erased; mail to it is still not sent */
                            erased: boolean;
                            /** @description unknown-address, complaint, soft-bounces, manual, import or unsubscribe */
                            reason: string;
                            /** @description The stream, or `account` for all streams */
                            scope: string;
                            /** Format: date-time */
                            created_at: string;
                            expires_at: string | null;
                            account: string;
                            /** @description Its evidence: a reply or a note */
                            evidence: string;
                            created_by: string;
                            /** @description Its source event */
                            event: string | null;
                            applies: boolean;
                            /** @description Why it does not apply */
                            unless: ("expired" | "other-stream") | null;
                        }[];
                    };
                };
            };
            /** @description The request is invalid; nothing was done */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The API key is missing or not valid */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The key may not do this, or not from this address */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Rate limit reached: see Retry-After */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Temporarily not possible, nothing was done: see Retry-After */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    removeSuppression: {
        parameters: {
            query?: {
                /** @description Of this stream only; default: of the whole account */
                stream?: string;
                /** @description For this reason only; default: all of that scope */
                reason?: "unknown-address" | "complaint" | "soft-bounces" | "manual" | "import" | "unsubscribe";
            };
            header?: never;
            path: {
                address: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        address: string;
                        scope: string;
                        /** @enum {boolean} */
                        removed: true;
                    };
                };
            };
            /** @description The request is invalid; nothing was done */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The API key is missing or not valid */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The key may not do this, or not from this address */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Rate limit reached: see Retry-After */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Temporarily not possible, nothing was done: see Retry-After */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    eraseRecipient: {
        parameters: {
            query?: {
                /** @description Cancel mail to and from it that has no final state; else that is a conflict */
                cancel?: "true" | "false";
            };
            header?: never;
            path: {
                address: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Erasure"];
                };
            };
            /** @description Default Response */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Erasure"];
                };
            };
            /** @description The request is invalid; nothing was done */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The API key is missing or not valid */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The key may not do this, or not from this address */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Rate limit reached: see Retry-After */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Temporarily not possible, nothing was done: see Retry-After */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    listDomains: {
        parameters: {
            query?: {
                /** @description The `next` of the page before */
                after?: string;
                /** @description Page size (default 100, at most 1000) */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            domain: string;
                            /** @description Its DKIM records were seen: mail from it is accepted */
                            verified: boolean;
                            id: string;
                            account: string;
                            /**
                             * @description The signing keys: RSA-2048 and Ed25519, or RSA-2048 alone
                             * @enum {string}
                             */
                            dkim: "both" | "rsa";
                            verified_at: string | null;
                            /** @description Its DKIM records were seen, but another account was verified first: the domain is free once that account removes it, or when its records have been gone for a week. Then verify again */
                            verified_elsewhere: boolean;
                            /** @description Since when DKIM records that were seen are missing or different: a week later another account that publishes its own may take the domain over */
                            failing_since: string | null;
                            /** @description How many look-ups have found that since then */
                            failed_looks: number;
                            /** @description While the records fail: mail is accepted until then at least; after three look-ups that found it, and then, it is refused */
                            accepted_until: string | null;
                            /** Format: date-time */
                            created_at: string;
                            /** @description Its DKIM names are CNAMEs into a zone of the relay */
                            delegated: boolean;
                            /** @description Age at which its keys are rotated; null: as configured; 0: never */
                            rotate_every_seconds: number | null;
                            dkim_keys: {
                                selector: string;
                                algorithm: string;
                                /** @enum {string} */
                                state: "pending" | "active" | "retired" | "removable";
                                /** Format: date-time */
                                created_at: string;
                                /** @description Of a pending key: since when its record is seen */
                                seen_since: string | null;
                                signs_since: string | null;
                                /** @description Since when its record is known to be missing or different */
                                failing_since: string | null;
                                /** @description Since when mail is signed with the other key alone */
                                dropped_at: string | null;
                                retired_at: string | null;
                                /** @description Since when its record may be taken down */
                                removable_at: string | null;
                            }[];
                            /** @description When pending keys begin to sign, if their records stay */
                            dkim_switch_at: string | null;
                        }[];
                        /** @description Pass it as `after` for the next page; null: last page. A page may be empty without being the last */
                        next: string | null;
                    };
                };
            };
            /** @description The request is invalid; nothing was done */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The API key is missing or not valid */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The key may not do this, or not from this address */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Rate limit reached: see Retry-After */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Temporarily not possible, nothing was done: see Retry-After */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    addDomain: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    domain: string;
                    /**
                     * @description The keys to generate: RSA-2048 and Ed25519, or RSA-2048 alone (one record, one signature a message). Fixed afterwards.
                     * @default both
                     * @enum {string}
                     */
                    dkim?: "both" | "rsa";
                };
            };
        };
        responses: {
            /** @description Default Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Domain"];
                };
            };
            /** @description The request is invalid; nothing was done */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The API key is missing or not valid */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The key may not do this, or not from this address */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Rate limit reached: see Retry-After */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Temporarily not possible, nothing was done: see Retry-After */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    showDomain: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                domain: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Domain"];
                };
            };
            /** @description The request is invalid; nothing was done */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The API key is missing or not valid */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The key may not do this, or not from this address */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Rate limit reached: see Retry-After */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Temporarily not possible, nothing was done: see Retry-After */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    removeDomain: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                domain: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        domain: string;
                        /** @enum {boolean} */
                        removed: true;
                        /** @description Queued messages from it, which can no longer be signed */
                        waiting: number;
                        /** @description True: only the newest queued messages were counted; there may be more */
                        waiting_at_least: boolean;
                    };
                };
            };
            /** @description The request is invalid; nothing was done */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The API key is missing or not valid */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The key may not do this, or not from this address */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Rate limit reached: see Retry-After */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Temporarily not possible, nothing was done: see Retry-After */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    verifyDomain: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                domain: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Domain"];
                };
            };
            /** @description The request is invalid; nothing was done */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The API key is missing or not valid */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The key may not do this, or not from this address */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Rate limit reached: see Retry-After */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Temporarily not possible, nothing was done: see Retry-After */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    rotateDkim: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                domain: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Domain"];
                };
            };
            /** @description The request is invalid; nothing was done */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The API key is missing or not valid */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The key may not do this, or not from this address */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Rate limit reached: see Retry-After */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Temporarily not possible, nothing was done: see Retry-After */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    cancelDkimRotation: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                domain: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Domain"];
                };
            };
            /** @description The request is invalid; nothing was done */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The API key is missing or not valid */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The key may not do this, or not from this address */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Rate limit reached: see Retry-After */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Temporarily not possible, nothing was done: see Retry-After */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    listStreams: {
        parameters: {
            query?: {
                /** @description The `next` of the page before */
                after?: string;
                /** @description Page size (default 100, at most 1000) */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["StreamWithWarnings"][];
                        /** @description Pass it as `after` for the next page; null: last page. A page may be empty without being the last */
                        next: string | null;
                    };
                };
            };
            /** @description The request is invalid; nothing was done */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The API key is missing or not valid */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The key may not do this, or not from this address */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Rate limit reached: see Retry-After */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Temporarily not possible, nothing was done: see Retry-After */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    addStream: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description Lower-case letters, digits, - and _ */
                    name: string;
                    /**
                     * @default transactional
                     * @enum {string}
                     */
                    kind?: "transactional" | "broadcast";
                    /** @description Its name for recipients */
                    title?: string | null;
                    /** @description A label such as news */
                    subdomain?: string | null;
                    /** @description The operator’s to say: a key gets 422 */
                    pool?: string | null;
                    retry_schedule_ms?: number[] | null;
                    max_age_ms?: number | null;
                    priority?: number | null;
                    track?: ("opens" | "clicks")[] | null;
                    /** @description Header fields of messages that do not have them, such as Feedback-ID; {account}, {stream}, {domain} and {tag} stand for what is known of the message */
                    headers?: {
                        [key: string]: string;
                    };
                };
            };
        };
        responses: {
            /** @description Default Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Stream"];
                };
            };
            /** @description The request is invalid; nothing was done */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The API key is missing or not valid */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The key may not do this, or not from this address */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Rate limit reached: see Retry-After */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Temporarily not possible, nothing was done: see Retry-After */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    showStream: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StreamWithWarnings"];
                };
            };
            /** @description The request is invalid; nothing was done */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The API key is missing or not valid */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The key may not do this, or not from this address */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Rate limit reached: see Retry-After */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Temporarily not possible, nothing was done: see Retry-After */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    removeStream: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        name: string;
                        /** @enum {boolean} */
                        removed: true;
                    };
                };
            };
            /** @description The request is invalid; nothing was done */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The API key is missing or not valid */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The key may not do this, or not from this address */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Rate limit reached: see Retry-After */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Temporarily not possible, nothing was done: see Retry-After */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    changeStream: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @enum {string} */
                    kind?: "transactional" | "broadcast";
                    /** @description Its name for recipients */
                    title?: string | null;
                    /** @description A label such as news */
                    subdomain?: string | null;
                    /** @description The operator’s to say: a key gets 422 */
                    pool?: string | null;
                    retry_schedule_ms?: number[] | null;
                    max_age_ms?: number | null;
                    priority?: number | null;
                    track?: ("opens" | "clicks")[] | null;
                    /** @description Header fields of messages that do not have them, such as Feedback-ID; {account}, {stream}, {domain} and {tag} stand for what is known of the message. Each by itself; null takes a field away */
                    headers?: {
                        [key: string]: string | null;
                    };
                };
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Stream"];
                };
            };
            /** @description The request is invalid; nothing was done */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The API key is missing or not valid */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The key may not do this, or not from this address */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Rate limit reached: see Retry-After */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Temporarily not possible, nothing was done: see Retry-After */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    getAccount: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Account"];
                };
            };
            /** @description The request is invalid; nothing was done */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The API key is missing or not valid */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The key may not do this, or not from this address */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Rate limit reached: see Retry-After */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Temporarily not possible, nothing was done: see Retry-After */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    getStats: {
        parameters: {
            query?: {
                /** @description A day or a time (RFC 3339); default: 30 days, or 24 hours, before `to` */
                from?: string;
                /** @description Default: now */
                to?: string;
                /** @description At most 744 hours or 800 days at a time */
                by?: "hour" | "day";
                group?: "domain" | "stream" | "destination" | "tag" | "credential";
                /** @description Only of this sending domain */
                domain?: string;
                stream?: string;
                /** @description Only to this recipient domain */
                destination?: string;
                tag?: string;
                /** @description Only by this credential (its id) */
                credential?: string;
                /** @description Maximum number of names, with `group` */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Stats"];
                };
            };
            /** @description The request is invalid; nothing was done */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The API key is missing or not valid */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The key may not do this, or not from this address */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Rate limit reached: see Retry-After */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Temporarily not possible, nothing was done: see Retry-After */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    listCredentials: {
        parameters: {
            query?: {
                /** @description The `next` of the page before */
                after?: string;
                /** @description Page size (default 100, at most 1000) */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["Credential"][];
                        /** @description Pass it as `after` for the next page; null: last page. A page may be empty without being the last */
                        next: string | null;
                    };
                };
            };
            /** @description The request is invalid; nothing was done */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The API key is missing or not valid */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The key may not do this, or not from this address */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Rate limit reached: see Retry-After */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Temporarily not possible, nothing was done: see Retry-After */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    addCredential: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /**
                     * @default smtp
                     * @enum {string}
                     */
                    kind?: "smtp" | "api" | "network";
                    name?: string;
                    /**
                     * @default [
                     *       "send"
                     *     ]
                     */
                    scopes?: ("send" | "messages:read" | "suppressions" | "domains" | "webhooks" | "templates" | "recipients" | "admin")[];
                    /** @description Allowed senders */
                    domains?: string[];
                    /** @description Allowed senders */
                    from?: string[];
                    /** @description Allowed client networks */
                    allow_ip?: string[];
                    /** @default transactional */
                    stream?: string;
                    /** @description Messages a minute */
                    rate_per_minute?: number;
                    /** @description Recipients a day (UTC) */
                    daily_quota?: number;
                    /**
                     * @description Limits of use, by name
                     * @default {}
                     */
                    limits?: {
                        [key: string]: number;
                    };
                    /**
                     * @description network only: refuse mail without TLS
                     * @default false
                     */
                    require_tls?: boolean;
                    /**
                     * @description Send failure reports for its mail
                     * @default true
                     */
                    send_dsn?: boolean;
                    /** @description Address for failure reports */
                    dsn_to?: string;
                    /** Format: date-time */
                    expires_at?: string;
                };
            };
        };
        responses: {
            /** @description Default Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["IssuedCredential"];
                };
            };
            /** @description The request is invalid; nothing was done */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The API key is missing or not valid */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The key may not do this, or not from this address */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Rate limit reached: see Retry-After */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Temporarily not possible, nothing was done: see Retry-After */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    showCredential: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Credential"];
                };
            };
            /** @description The request is invalid; nothing was done */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The API key is missing or not valid */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The key may not do this, or not from this address */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Rate limit reached: see Retry-After */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Temporarily not possible, nothing was done: see Retry-After */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    revokeCredential: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        id: string;
                        /** Format: date-time */
                        revoked_at: string;
                    };
                };
            };
            /** @description The request is invalid; nothing was done */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The API key is missing or not valid */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The key may not do this, or not from this address */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Rate limit reached: see Retry-After */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Temporarily not possible, nothing was done: see Retry-After */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    changeCredential: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description The user name stays */
                    name?: string;
                    scopes?: ("send" | "messages:read" | "suppressions" | "domains" | "webhooks" | "templates" | "recipients" | "admin")[];
                    domains?: string[];
                    from?: string[];
                    allow_ip?: string[];
                    stream?: string;
                    rate_per_minute?: number | null;
                    daily_quota?: number | null;
                    limits?: {
                        [key: string]: number | null;
                    };
                    require_tls?: boolean;
                    send_dsn?: boolean;
                    dsn_to?: string | null;
                    expires_at?: string | null;
                };
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Credential"];
                };
            };
            /** @description The request is invalid; nothing was done */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The API key is missing or not valid */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The key may not do this, or not from this address */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Rate limit reached: see Retry-After */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Temporarily not possible, nothing was done: see Retry-After */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    rotateCredential: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description How long the old secret stays valid; absent: not */
                    keep_old_seconds?: number;
                    /**
                     * @description No new secret: the old one ends now
                     * @enum {boolean}
                     */
                    end_old?: true;
                } | null;
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["IssuedCredential"];
                };
            };
            /** @description The request is invalid; nothing was done */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The API key is missing or not valid */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The key may not do this, or not from this address */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Rate limit reached: see Retry-After */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Temporarily not possible, nothing was done: see Retry-After */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    listAudit: {
        parameters: {
            query?: {
                /** @description The `next` of the page before */
                after?: string;
                since?: string;
                until?: string;
                /** @description By this key: its id */
                credential?: string;
                /** @description By this person at the dashboard (`user:usr_...`), or this key (`api:crd_...`) */
                actor?: string;
                /** @description Such as `suppression add`, or `suppression` for all of them */
                action?: string;
                /** @description Page size (default 100, at most 1000) */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["AuditLine"][];
                        /** @description Pass it as `after` for the next page; null: last page. A page may be empty without being the last */
                        next: string | null;
                    };
                };
            };
            /** @description The request is invalid; nothing was done */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The API key is missing or not valid */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The key may not do this, or not from this address */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Rate limit reached: see Retry-After */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Temporarily not possible, nothing was done: see Retry-After */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    listWebhooks: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["Webhook"][];
                    };
                };
            };
            /** @description The request is invalid; nothing was done */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The API key is missing or not valid */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The key may not do this, or not from this address */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Rate limit reached: see Retry-After */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Temporarily not possible, nothing was done: see Retry-After */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    addWebhook: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description https, without user name and password, not inside a private network */
                    url: string;
                    /**
                     * @description The events to send; `*`: all, also those of later versions
                     * @default [
                     *       "*"
                     *     ]
                     */
                    events?: (("accepted" | "delivered" | "deferred" | "bounced" | "expired" | "suppressed" | "complained" | "opened" | "clicked" | "unsubscribed" | "cancelled" | "refused" | "health_changed" | "domain_changed" | "report_unverified" | "webhook_paused" | "webhook_disabled") | "*")[];
                };
            };
        };
        responses: {
            /** @description Default Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        id: string;
                        url: string;
                        /** @description `whsec_` and base64; shown only once */
                        secret: string;
                        events: string[];
                        account: string;
                        /** Format: date-time */
                        created_at: string;
                    };
                };
            };
            /** @description The request is invalid; nothing was done */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The API key is missing or not valid */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The key may not do this, or not from this address */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Rate limit reached: see Retry-After */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Temporarily not possible, nothing was done: see Retry-After */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    showWebhook: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Webhook"];
                };
            };
            /** @description The request is invalid; nothing was done */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The API key is missing or not valid */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The key may not do this, or not from this address */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Rate limit reached: see Retry-After */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Temporarily not possible, nothing was done: see Retry-After */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    removeWebhook: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        id: string;
                        /** @enum {boolean} */
                        removed: true;
                    };
                };
            };
            /** @description The request is invalid; nothing was done */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The API key is missing or not valid */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The key may not do this, or not from this address */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Rate limit reached: see Retry-After */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Temporarily not possible, nothing was done: see Retry-After */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    changeWebhook: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description https, without user name and password, not inside a private network */
                    url?: string;
                    /** @description The events to send; `*`: all, also those of later versions */
                    events?: (("accepted" | "delivered" | "deferred" | "bounced" | "expired" | "suppressed" | "complained" | "opened" | "clicked" | "unsubscribed" | "cancelled" | "refused" | "health_changed" | "domain_changed" | "report_unverified" | "webhook_paused" | "webhook_disabled") | "*")[];
                    /** @enum {string} */
                    state?: "active" | "paused";
                    /**
                     * @description With `state` active: skip the events of the meantime
                     * @default false
                     */
                    skip?: boolean;
                };
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Webhook"];
                };
            };
            /** @description The request is invalid; nothing was done */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The API key is missing or not valid */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The key may not do this, or not from this address */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Rate limit reached: see Retry-After */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Temporarily not possible, nothing was done: see Retry-After */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    rotateWebhookSecret: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /**
                     * @description How long the old secret still signs as well
                     * @default 86400
                     */
                    overlap_seconds?: number;
                } | null;
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        id: string;
                        url: string;
                        /** @description `whsec_` and base64; shown only once */
                        secret: string;
                        events: string[];
                        account: string;
                        /** Format: date-time */
                        created_at: string;
                        old_secret_until: string | null;
                    };
                };
            };
            /** @description The request is invalid; nothing was done */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The API key is missing or not valid */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The key may not do this, or not from this address */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Rate limit reached: see Retry-After */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Temporarily not possible, nothing was done: see Retry-After */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    testWebhook: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        delivered: boolean;
                        /** @description Status of the response; null: no response */
                        status: number | null;
                        error: string | null;
                        /** @description The beginning of the response body */
                        response: string | null;
                        duration_ms: number;
                    };
                };
            };
            /** @description The request is invalid; nothing was done */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The API key is missing or not valid */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The key may not do this, or not from this address */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Rate limit reached: see Retry-After */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Temporarily not possible, nothing was done: see Retry-After */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    listWebhookDeliveries: {
        parameters: {
            query?: {
                state?: "pending" | "failed";
                /** @description Events before this one */
                before?: string;
                /** @description Page size (default 50, at most 500) */
                limit?: number;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["WebhookDelivery"][];
                        /** @description Pass it as `before` for the next page; null: last page */
                        next: string | null;
                    };
                };
            };
            /** @description The request is invalid; nothing was done */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The API key is missing or not valid */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The key may not do this, or not from this address */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Rate limit reached: see Retry-After */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Temporarily not possible, nothing was done: see Retry-After */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    replayWebhook: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    event_ids?: string[];
                    /**
                     * @description All failed events
                     * @enum {boolean}
                     */
                    failed?: true;
                    /** Format: date-time */
                    since?: string;
                    /** Format: date-time */
                    until?: string;
                    /** @description Events after this one */
                    after?: string;
                };
            };
        };
        responses: {
            /** @description Default Response */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        id: string;
                        replayed: number;
                    };
                };
            };
            /** @description The request is invalid; nothing was done */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The API key is missing or not valid */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description The key may not do this, or not from this address */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Rate limit reached: see Retry-After */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Temporarily not possible, nothing was done: see Retry-After */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    isUp: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {boolean} */
                        up: true;
                    };
                };
            };
            /** @description The request is invalid */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    isReady: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        ready: boolean;
                        checks: {
                            name: string;
                            ok: boolean;
                            reason?: string;
                        }[];
                    };
                };
            };
            /** @description Default Response */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        ready: boolean;
                        checks: {
                            name: string;
                            ok: boolean;
                            reason?: string;
                        }[];
                    };
                };
            };
            /** @description The request is invalid */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    readMetrics: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Figures */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
            /** @description The request is invalid */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
}
