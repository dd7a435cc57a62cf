/** What a run locks: `<site>/<system>/<name>`. Compared for equality only; a drill's site keeps it off production's. */

export type Scope = string & { readonly brand: 'Scope' };

/** Builds a scope; the parts are names from the estate, which hold no slash. */
export function scopeOf(site: string, system: string, name: string): Scope {
  return `${site}/${system}/${name}` as Scope;
}
