/** The scopes of this estate's things; a drill's estate has another site, so its scopes never meet production's. */

import { regionOf } from '../../estate/regions/questions.ts';
import type { Estate } from '../../estate/schema.ts';
import { type Scope, scopeOf } from '../../kernel/plan/scope.ts';

/** Scope of a thing in one region: `gcp/service/items.us-central1`. */
export function regionalScope(estate: Estate, system: string, name: string, region: string): Scope {
  return scopeOf(regionOf(estate, region).site, system, `${name}.${region}`);
}

/** Scope of a thing that spans regions, at the site of the first of them: `gcp/traffic/items`. */
export function spanningScope(estate: Estate, system: string, name: string): Scope {
  return scopeOf(Object.values(estate.regions)[0]?.site ?? 'none', system, name);
}
