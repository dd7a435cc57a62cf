/** Plain JSON values: all that a plan, a decision or a permit may hold, so that each has exactly one canonical form. */

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };
