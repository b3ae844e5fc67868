/** Who receives mail in a world: hosts, the sites that they make up, and domains. */

export interface HostPlan {
  readonly name: string;
  readonly preference: number;
  readonly addresses: readonly string[];
}

/**
 * `steady`: always well and fast. `crowded`: always well, slow, and flooded by the busy accounts. `unruly`: everything
 * that can go wrong does. `shaped`: always well, and takes no more than it likes (shaping/shaping-plan.ts).
 */
export type SiteKind = 'steady' | 'crowded' | 'unruly' | 'shaped';

export interface SitePlan {
  readonly name: string;
  readonly kind: SiteKind;
  readonly hosts: readonly HostPlan[];
  /** Answers within about this time. */
  readonly roundTripMs: number;
  readonly tls: boolean;
  /** Recipients it takes in one transaction. */
  readonly recipientsPerTransaction: number;
  readonly smtpUtf8: boolean;
  readonly dsn: boolean;
}

export interface DomainPlan {
  readonly name: string;
  /** `none`: it does not exist. `null-mx`: it takes no mail. */
  readonly mail: 'site' | 'implicit' | 'none' | 'null-mx';
  readonly site: SitePlan;
  /** Its DNS fails now and then. */
  readonly unruly: boolean;
  /** Local parts that mail is sent to. */
  readonly mailboxes: number;
}
