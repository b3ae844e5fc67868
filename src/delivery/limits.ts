/**
 * How much the delivery service holds and opens at a time. A figure in this file bounds everything that it keeps; the rest
 * stays in the store.
 */

export interface DeliveryLimits {
  /** Claimed deliveries in memory, waiting, under way or not settled yet. */
  readonly maxDeliveries: number;
  /**
   * Of those, what the store hands over unasked in all and to one destination. What does not fit takes the way through the
   * database, which costs a twentieth of all processor time: a burst that is over in a second should not.
   */
  readonly feedDeliveries: number;
  readonly feedDeliveriesPerDestination: number;
  /** Octets of content handed over with claims. */
  readonly maxContentBytes: number;
  /** The size of one claim, in all and for one destination. */
  readonly claimDeliveries: number;
  readonly claimDeliveriesPerDestination: number;
  /**
   * Deliveries of one destination that are under way or whose outcome is not durable yet. A connection takes no
   * further message beyond it, so that a crash repeats at most this many (and the rest of one message).
   */
  readonly maxUnsettledPerDestination: number;
  /** Forward-paths of one transaction; RFC 5321 §4.5.3.1.8 lets every server take 100. */
  readonly recipientsPerTransaction: number;
  readonly firstConnectionsPerSite: number;
  readonly maxConnectionsPerSite: number;
  readonly messagesPerConnection: number;
  /** Messages a second to one site; `undefined`: as fast as it answers. */
  readonly messagesPerSecondPerSite: number | undefined;
  /** Above the soft limit only sites with fewer than two connections open another, up to the hard limit. */
  readonly softConnections: number;
  readonly hardConnections: number;
  /** An unused connection is kept this long. */
  readonly idleConnectionMs: number;
  /** Addresses of a site that one connection tries. RFC 5321 §5.1 requires at least two. */
  readonly addressesPerConnection: number;
  readonly concurrentLookups: number;
  readonly cachedRoutes: number;
  /** Longest time a route is used without asking DNS again, whatever its TTL. */
  readonly routeMaxAgeMs: number;
}

export const DEFAULT_DELIVERY_LIMITS: DeliveryLimits = {
  maxDeliveries: 10_000,
  feedDeliveries: 5_000,
  feedDeliveriesPerDestination: 2_000,
  maxContentBytes: 64 * 1024 * 1024,
  claimDeliveries: 500,
  claimDeliveriesPerDestination: 50,
  maxUnsettledPerDestination: 50,
  recipientsPerTransaction: 100,
  firstConnectionsPerSite: 5,
  maxConnectionsPerSite: 10,
  messagesPerConnection: 100,
  messagesPerSecondPerSite: undefined,
  softConnections: 500,
  hardConnections: 1_000,
  idleConnectionMs: 10_000,
  addressesPerConnection: 8,
  concurrentLookups: 100,
  cachedRoutes: 20_000,
  routeMaxAgeMs: 300_000,
};
