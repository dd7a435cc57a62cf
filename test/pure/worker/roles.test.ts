/**
 * Failure modes pinned: a step that no process serves, because its system's factory was forgotten in a role. Nothing else
 * would tell: its task would wait on a queue whose worker does not know it.
 */
import { describe, expect, it } from '@jest/globals';
