/** What has happened to an estate in an example. Documents and tests are made from scenes; nothing real ever is (I11). */

/** Times in milliseconds since 1970. */
export interface Scene {
  readonly now: number;
  /** A region that answers nothing, since when. */
  readonly dead?: { readonly region: string; readonly since: number };
  /** A region that is drained, after an outage that is over; its services wait to be readmitted. */
  readonly returned?: { readonly region: string; readonly from: number; readonly to: number };
}
