/** What a stop switch stops, in words. */
import type { Dashboard } from '../../../src/server/api-types.ts'

/** The words: Everything, engine mysql, target 1, action mysql/create-index. */
export function haltText({ scope, key }: Dashboard['halts'][number]): string {
  return scope === 'ALL' ? 'everything' : `${scope.toLowerCase()} ${key}`
}
