/** What an observer answers of a target that is only asked, never watched: there is nothing to read, and it costs nothing. */
import type { Observer } from './observer.ts'

/** @param why why there is nothing to read, and what to do instead */
export const withoutInstruments = (why: { readonly because: string; readonly toProceed: string }) =>
  ({
    read: async () => ({ known: false, ...why }),
    cost: () => ({
      busyMsPerSecond: 0,
      sharePercent: null,
      allowedMsPerSecond: 0,
      shed: [],
      stretched: {},
      shedsMuch: false,
    }),
    attend: () => undefined,
  }) satisfies Pick<Observer<never, never>, 'read' | 'cost' | 'attend'>
