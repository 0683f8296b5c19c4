/** What an event of ours says of its resource, read back. */

/** The resource's key and the workload it was noticed under; null: the event is not in our form. */
export function parseContext(rawContext: string): { key: string; workload: number } | null {
  try {
    const value: unknown = JSON.parse(rawContext)
    if (typeof value !== 'object' || value === null || !('key' in value) || typeof value.key !== 'string')
      return null
    const workload = 'workload' in value && typeof value.workload === 'number' ? value.workload : 0
    return { key: value.key, workload }
  } catch {
    return null
  }
}
