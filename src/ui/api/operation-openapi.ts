/** Made by test/ui/api-types.test.ts: not to be edited. */

export interface paths {
    "/suppression-files": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description Scope: `suppressions`. */
        get: {
            parameters: {
                query?: {
                    format?: "csv" | "ses" | "sendgrid" | "postmark" | "mailgun";
                    /** @description Of this stream; `account`: of the whole account */
                    stream?: string;
                    reason?: "unknown-address" | "complaint" | "soft-bounces" | "manual" | "import" | "unsubscribe";
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
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
        put?: never;
        /** @description Scope: `suppressions`. */
        post: operations["importSuppressionFile"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/content/messages/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description Scope: `admin`. */
        get: operations["previewMessage"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/content/messages/{id}/document": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description Scope: `admin`. */
        get: {
            parameters: {
                query: {
                    view: string;
                    account?: string;
                };
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
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
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/content/messages/{id}/attachments/{index}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description Scope: `admin`. */
        get: {
            parameters: {
                query: {
                    view: string;
                };
                header?: never;
                path: {
                    id: string;
                    index: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
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
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/content/messages/{id}/source": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description Scope: `admin`. */
        get: {
            parameters: {
                query: {
                    view: string;
                };
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
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
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/content/drafts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** @description Scope: `templates`. */
        post: operations["previewDraft"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/content/drafts/{document}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description Scope: `templates`. */
        get: {
            parameters: {
                query?: {
                    account?: string;
                };
                header?: never;
                path: {
                    document: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
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
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/overview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description Scope: `messages:read`. */
        get: operations["readOverview"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/person-names": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description Scope: `admin`. */
        get: operations["listPersonNames"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/queue-now": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description Scope: `messages:read`. */
        get: operations["readQueueNow"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/queue": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description Scope: `messages:read`. */
        get: operations["readQueue"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/queue/{destination}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description Scope: `messages:read`. */
        get: operations["readQueueOfDestination"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/queue/{destination}/suspend": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** @description Scope: `send`. */
        post: operations["suspendDestination"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/queue/{destination}/resume": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** @description Scope: `send`. */
        post: operations["resumeDestination"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/queue/{destination}/preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description Scope: `messages:read`. */
        get: operations["previewQueueChange"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/queue/{destination}/change": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** @description Scope: `send`. */
        post: operations["changeQueue"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/refused": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description Scope: `messages:read`. */
        get: operations["listRefused"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/refused/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description Scope: `messages:read`. */
        get: operations["readRefused"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/reports": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description Scope: `messages:read`. */
        get: operations["listUnverifiedReports"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/reports/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description Scope: `messages:read`. */
        get: operations["readUnverifiedReport"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/routes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description Scope: `messages:read`. */
        get: operations["listRoutes"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/route-test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description Scope: `messages:read`. */
        get: operations["testRoute"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/settings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description Scope: `admin`. */
        get: operations["readSettings"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/sources": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description Scope: `messages:read`. */
        get: operations["listSources"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/sources/{name}/suspend": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** @description Scope: `send`. */
        post: operations["suspendSource"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/sources/{name}/resume": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** @description Scope: `send`. */
        post: operations["resumeSource"];
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
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    importSuppressionFile: {
        parameters: {
            query?: {
                /** @description no: say what would be done */
                write?: "yes" | "no";
                /** @description Default: as the first line looks */
                format?: "csv" | "json" | "ses" | "sendgrid" | "postmark" | "mailgun";
                /** @description Of rows without a scope; default: the whole account */
                stream?: string;
                reason?: "unknown-address" | "complaint" | "soft-bounces" | "manual" | "import" | "unsubscribe";
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
                        /** @description False: it was a look alone */
                        written: boolean;
                        rows: number;
                        /** @description New ones, or that last longer than before */
                        added: number;
                        /** @description There already */
                        known: number;
                        /** @description Their time is over: left out */
                        expired: number;
                        /** @description Left out */
                        wrong: number;
                        /** @description The first 50 wrong lines */
                        problems: {
                            line: number;
                            problem: string;
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
    previewMessage: {
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
                        /** @description For the other parts of this view, for an hour */
                        view: string;
                        size_bytes: number;
                        /** @description False: too large, or beyond reading; the source is there all the same */
                        readable: boolean;
                        /** @description Why it is not readable; else empty */
                        reason: string;
                        fields: {
                            name: string;
                            value: string;
                        }[];
                        text: string | null;
                        /** @description Its document is asked for by a frame */
                        html: {
                            links: {
                                text: string;
                                href: string;
                            }[];
                            images_left_out: number;
                            cut: boolean;
                        } | null;
                        attachments: {
                            index: number;
                            name: string;
                            type: string;
                            size_bytes: number;
                            inline: boolean;
                        }[];
                        /** @description There are more fields, text or attachments than are shown */
                        cut: boolean;
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
    previewDraft: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
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
                    /**
                     * @description Of the variables
                     * @default {}
                     */
                    values?: {
                        [key: string]: unknown;
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
                    "application/json": {
                        subject: string | null;
                        text: string;
                        html: {
                            /** @description Its id: a frame asks for it */
                            document: string;
                            links: {
                                text: string;
                                href: string;
                            }[];
                            images_left_out: number;
                            cut: boolean;
                        } | null;
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
    readOverview: {
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
                        checks: {
                            name: string;
                            /** @enum {string} */
                            level: "ok" | "warning" | "failing";
                            detail: string;
                            /** @description Empty where there is nothing to do */
                            remedy: string;
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
    listPersonNames: {
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
                        data: {
                            id: string;
                            email: string;
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
    readQueueNow: {
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
                        scheduled: number;
                        queued: number;
                        deferred: number;
                        held: number;
                        /** @description When the oldest message was accepted that waits; null: nothing waits */
                        oldest_at: string | null;
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
    readQueue: {
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
                        scheduled: number;
                        queued: number;
                        deferred: number;
                        held: number;
                        oldest_at: string | null;
                        /** @description The fullest first */
                        destinations: {
                            destination: string;
                            scheduled: number;
                            queued: number;
                            deferred: number;
                            held: number;
                            delivered: number;
                            bounced: number;
                            expired: number;
                            suppressed: number;
                            cancelled: number;
                            next_due_at: string | null;
                            /** @description No attempt is made before; null: attempts are made */
                            blocked_until: string | null;
                            suspended: boolean;
                            /** @description Of the destination as a whole, in a row */
                            failures: number;
                            /** @description A limit, in words */
                            waits_for: string | null;
                            last_error: string | null;
                            withholds_suppressions_until: string | null;
                        }[];
                        limits: {
                            /** @description An MX host or a provider */
                            subject: string;
                            source: string | null;
                            action: string;
                            step: number;
                            per_minute: number | null;
                            connections: number | null;
                            /** Format: date-time */
                            since: string;
                            /** Format: date-time */
                            changed_at: string;
                            /** Format: date-time */
                            until: string;
                            times: number;
                            rule: string;
                            reply: string;
                            /** @description Whose mail met it */
                            destination: string;
                            undone_by: string;
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
    readQueueOfDestination: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                destination: string;
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
                        destination: string;
                        scheduled: number;
                        queued: number;
                        deferred: number;
                        held: number;
                        delivered: number;
                        bounced: number;
                        expired: number;
                        suppressed: number;
                        cancelled: number;
                        next_due_at: string | null;
                        /** @description No attempt is made before; null: attempts are made */
                        blocked_until: string | null;
                        suspended: boolean;
                        /** @description Of the destination as a whole, in a row */
                        failures: number;
                        /** @description A limit, in words */
                        waits_for: string | null;
                        last_error: string | null;
                        withholds_suppressions_until: string | null;
                        suspended_since: string | null;
                        suspended_until: string | null;
                        suspended_reason: string | null;
                        suspended_by: string | null;
                        limits: {
                            /** @description An MX host or a provider */
                            subject: string;
                            source: string | null;
                            action: string;
                            step: number;
                            per_minute: number | null;
                            connections: number | null;
                            /** Format: date-time */
                            since: string;
                            /** Format: date-time */
                            changed_at: string;
                            /** Format: date-time */
                            until: string;
                            times: number;
                            rule: string;
                            reply: string;
                            /** @description Whose mail met it */
                            destination: string;
                            undone_by: string;
                        }[];
                        /** @description Fifty at most */
                        newest: {
                            id: string;
                            message_id: string;
                            account: string;
                            recipient: string;
                            /** @enum {string} */
                            state: "scheduled" | "queued" | "deferred" | "held" | "delivered" | "bounced" | "expired" | "suppressed" | "cancelled";
                            waits_for: string;
                            /** @description null: somebody has to act first */
                            earliest_at: string | null;
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
    suspendDestination: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                destination: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /**
                     * Format: date-time
                     * @description Default: until somebody resumes it
                     */
                    until?: string;
                    reason?: string;
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
                    "application/json": {
                        destination: string;
                        suspended_until: string | null;
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
    resumeDestination: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                destination: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": Record<string, never>;
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
                        destination: string;
                        limits_lifted: number;
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
    previewQueueChange: {
        parameters: {
            query: {
                change: "hold" | "release" | "retry" | "cancel";
                /** @description Its name; default: all accounts */
                account?: string;
                state?: "scheduled" | "queued" | "deferred" | "held";
            };
            header?: never;
            path: {
                destination: string;
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
                        deliveries: number;
                        messages: number;
                        in_progress: number;
                        oldest_at: string | null;
                        /** @description The largest */
                        accounts: {
                            name: string;
                            deliveries: number;
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
    changeQueue: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                destination: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @enum {string} */
                    change: "hold" | "release" | "retry" | "cancel";
                    /** @description Its name; default: all accounts */
                    account?: string;
                    /** @enum {string} */
                    state?: "scheduled" | "queued" | "deferred" | "held";
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
                    "application/json": {
                        /** @description Deliveries */
                        changed: number;
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
    listRefused: {
        parameters: {
            query?: {
                /** @description Of this account: its name; default: of all */
                account?: string;
                /** @description In reply, client, credential, addresses or subject */
                search?: string;
                after?: string;
                /** @description Page size (default 50, at most 200) */
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
                            id: string;
                            account: string;
                            /** Format: date-time */
                            refused_at: string;
                            reply: string;
                            /** @description The command that solves it */
                            fix: string | null;
                            /** @description Empty: the null reverse-path */
                            reverse_path: string;
                            /** @description The first ones */
                            recipients: string[];
                            recipient_count: number;
                            header_from: string | null;
                            subject: string | null;
                            credential_id: string;
                            /** @description Its name; null: it no longer exists */
                            credential: string | null;
                            client: string;
                            /** @enum {string} */
                            via: "smtp" | "http";
                            /** @description Refused before it, too fast to be kept */
                            left_out: number;
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
    readRefused: {
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
                        account: string;
                        /** Format: date-time */
                        refused_at: string;
                        reply: string;
                        /** @description The command that solves it */
                        fix: string | null;
                        /** @description Empty: the null reverse-path */
                        reverse_path: string;
                        /** @description The first ones */
                        recipients: string[];
                        recipient_count: number;
                        header_from: string | null;
                        subject: string | null;
                        credential_id: string;
                        /** @description Its name; null: it no longer exists */
                        credential: string | null;
                        client: string;
                        /** @enum {string} */
                        via: "smtp" | "http";
                        /** @description Refused before it, too fast to be kept */
                        left_out: number;
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
    listUnverifiedReports: {
        parameters: {
            query?: {
                /** @description Of this account: its name; default: of all */
                account?: string;
                after?: string;
                /** @description Page size (default 50, at most 200) */
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
                            id: string;
                            account: string;
                            /** Format: date-time */
                            received_at: string;
                            /** @enum {string} */
                            kind: "bounce" | "complaint" | "auto-reply" | "delivered" | "unreadable";
                            form: string | null;
                            recipient: string | null;
                            /** @description The message that it names: a hint, not a proof */
                            message_id: string | null;
                            client: string;
                            /** @description Why it has no effect */
                            why: string;
                            applied_at: string | null;
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
    readUnverifiedReport: {
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
                        account: string;
                        /** Format: date-time */
                        received_at: string;
                        /** @enum {string} */
                        kind: "bounce" | "complaint" | "auto-reply" | "delivered" | "unreadable";
                        form: string | null;
                        recipient: string | null;
                        /** @description The message that it names: a hint, not a proof */
                        message_id: string | null;
                        client: string;
                        /** @description Why it has no effect */
                        why: string;
                        applied_at: string | null;
                        recipients: {
                            recipient: string | null;
                            original_recipient: string | null;
                            action: string;
                            status: string | null;
                            reply: string | null;
                            text: string;
                            remote_mta: string | null;
                            feedback_type: string | null;
                            class: string;
                            /** @description The address is bad for good, if the report is true */
                            hard: boolean;
                            meaning: string;
                            remedy: string;
                        }[];
                        recipients_left_out: number;
                        returned: {
                            message_id_field: string | null;
                            subject: string | null;
                            to: string[];
                        };
                        headers: string;
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
    listRoutes: {
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
                        data: {
                            name: string;
                            /** @enum {string} */
                            action: "direct" | "relay" | "hold" | "discard" | "reject";
                            /** @description null: it matches nothing, it is a fallback alone */
                            match: {
                                domains: string[];
                                providers: string[];
                                accounts: string[];
                                streams: string[];
                            } | null;
                            host: string | null;
                            port: number | null;
                            tls: string | null;
                            username: string | null;
                            auth: string | null;
                            dkim: boolean;
                            fallback: string | null;
                            fallback_on: string[];
                            pool: string | null;
                            keep_source: boolean;
                            reason: string | null;
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
    testRoute: {
        parameters: {
            query: {
                /** @description An address, or a domain alone */
                to: string;
                /** @description Of the account; default: transactional */
                stream?: string;
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
                        to: string;
                        domain: string;
                        account: string;
                        stream: string;
                        /** @description False: it depends on MX hosts, which DNS did not tell */
                        decided: boolean;
                        /** @description null: none matches, it goes direct */
                        route: {
                            name: string;
                            /** @enum {string} */
                            action: "direct" | "relay" | "hold" | "discard" | "reject";
                            /** @description null: it matches nothing, it is a fallback alone */
                            match: {
                                domains: string[];
                                providers: string[];
                                accounts: string[];
                                streams: string[];
                            } | null;
                            host: string | null;
                            port: number | null;
                            tls: string | null;
                            username: string | null;
                            auth: string | null;
                            dkim: boolean;
                            fallback: string | null;
                            fallback_on: string[];
                            pool: string | null;
                            keep_source: boolean;
                            reason: string | null;
                        } | null;
                        passed_over: {
                            route: string;
                            because: string;
                        }[];
                        /** @description null: not asked for, a route decides without */
                        mx: {
                            /** @enum {string} */
                            kind: "hosts" | "null-mx" | "no-such-domain" | "failed";
                            hosts: {
                                name: string;
                                preference: number;
                            }[];
                            text: string;
                        } | null;
                        provider: string | null;
                        /** @description Whether DNS has an address of the smart host */
                        smart_host: {
                            found: boolean;
                            text: string;
                        } | null;
                        /** @description Empty: the address that the system chooses */
                        sources: {
                            name: string;
                            addresses: string[];
                            hostname: string;
                            pool: string;
                            weight: number;
                            client_certificate: boolean;
                            hop: {
                                kind: string;
                                at: string;
                            } | null;
                            warm_up: {
                                plan: string;
                                start: string;
                            } | null;
                        }[];
                        /** @description Names of the rules of shaping that are about it */
                        shaping: string[];
                        /** @description What stands in its way now */
                        obstacles: {
                            /** @enum {string} */
                            kind: "suppressed" | "destination" | "source-limit" | "ceiling" | "check";
                            subject: string;
                            detail: string;
                            until: string | null;
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
    readSettings: {
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
                        /** @description null: no file was read, defaults and environment count */
                        file: string | null;
                        settings: {
                            key: string;
                            /** @description As TOML, or in words; `(secret)` for a secret */
                            value: string;
                            /** @description `default`, `relay.toml:12`, or a variable of the environment */
                            source: string;
                            /** @description What values there are, with their unit */
                            accepted: string;
                            /** @description A change of it counts after a restart, others after a reload */
                            needs_restart: boolean;
                            /** @description What was read since, and waits for a restart */
                            waiting: string | null;
                            /** @description Why the key has no effect */
                            no_effect: string | null;
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
    listSources: {
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
                        data: {
                            name: string;
                            addresses: string[];
                            hostname: string;
                            pool: string;
                            weight: number;
                            client_certificate: boolean;
                            hop: {
                                kind: string;
                                at: string;
                            } | null;
                            warm_up: {
                                plan: string;
                                start: string;
                            } | null;
                            suspended: boolean;
                            suspended_since: string | null;
                            suspended_until: string | null;
                            suspended_reason: string | null;
                            suspended_by: string | null;
                            /** @description Providers that it is not used for */
                            limits: {
                                provider: string;
                                /** Format: date-time */
                                at: string;
                                /** Format: date-time */
                                until: string;
                                times: number;
                                class: string;
                                reply: string;
                            }[];
                            /** @description Of its warm-up, by provider; empty: it has none */
                            forecast: {
                                provider: string;
                                step: number;
                                steps: number;
                                warm: boolean;
                                today: {
                                    ceiling: number | null;
                                    reserved: number;
                                    handed_over: number;
                                    turned_away: number;
                                    complained: number;
                                    reason: string;
                                };
                                days: {
                                    day: string;
                                    ceiling: number;
                                }[];
                                warm_on: string | null;
                            }[];
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
    suspendSource: {
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
                    /**
                     * Format: date-time
                     * @description Default: until somebody resumes it
                     */
                    until?: string;
                    reason?: string;
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
                    "application/json": {
                        source: string;
                        suspended: boolean;
                        suspended_until: string | null;
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
    resumeSource: {
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
                "application/json": Record<string, never>;
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
                        source: string;
                        suspended: boolean;
                        suspended_until: string | null;
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
}
