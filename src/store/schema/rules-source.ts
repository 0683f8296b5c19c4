/** Rules of changes of an application's own files. Part of the one list in rules.ts. */

/** Their texts: what a session is told, and why it is so. */
export const SOURCE_RULES = {
  'GOV-129': {
    message: 'only what a completed run on this very repository changed may be made what it was before',
    why: 'Whoever can commit could lay bytes beside the backups; what an undo brings back is what a run of ours replaced, by path and digests.',
  },
  'GOV-130': {
    message:
      'a change of a repository is one file’s diff of the digests it names, and its undo the same swapped',
    why: 'A vote may consent to the undo as well: it makes of the file what it was and nothing else.',
  },
} as const
