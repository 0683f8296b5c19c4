/** Which address shows which page. Each page is its own file, loaded when it is first opened. */
import {
  createRootRoute,
  createRoute,
  createRouter,
  Link,
  lazyRouteComponent,
  retainSearchParams,
} from '@tanstack/react-router'
import { EmptyState, ProblemNotice, Reading } from './parts/notices.tsx'

/** Filters are words in the address; what is no word is not there. */
const wordsIn =
  <const Name extends string>(...names: readonly Name[]) =>
  (search: Record<string, unknown>): { readonly [K in Name]?: string } => {
    const found = names.flatMap((name) => {
      const value = search[name]
      return typeof value === 'string' || typeof value === 'number' ? [[name, String(value)] as const] : []
    })
    return Object.fromEntries(found) as { readonly [K in Name]?: string }
  }

/** Only places of this panel: a link must not lead who signs in elsewhere. */
const ownPlace = (search: Record<string, unknown>): { readonly to?: string } => {
  const { to } = search
  return typeof to === 'string' && /^\/(?![/\\])/.test(to) ? { to } : {}
}

const root = createRootRoute({
  errorComponent: ({ error, reset }) => (
    <main className="entry">
      <ProblemNotice
        error={error instanceof Error ? error : new Error('The page met a fault.')}
        again={reset}
      />
    </main>
  ),
  notFoundComponent: () => (
    <main className="entry">
      <h1>There is no such page</h1>
      <EmptyState title="The address leads nowhere">
        Go on from the <Link to="/">dashboard</Link>.
      </EmptyState>
    </main>
  ),
})

const signIn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in',
  validateSearch: ownPlace,
  component: lazyRouteComponent(() => import('./pages/sign-in.tsx'), 'SignInPage'),
})
const setUp = createRoute({
  getParentRoute: () => root,
  path: '/setup',
  component: lazyRouteComponent(() => import('./pages/set-up.tsx'), 'SetUpPage'),
})
const link = createRoute({
  getParentRoute: () => root,
  path: '/link',
  component: lazyRouteComponent(() => import('./pages/link.tsx'), 'LinkPage'),
})
const invitation = createRoute({
  getParentRoute: () => root,
  path: '/invitation',
  component: lazyRouteComponent(() => import('./pages/invitation.tsx'), 'InvitationPage'),
})

const inside = createRoute({
  getParentRoute: () => root,
  id: 'inside',
  validateSearch: wordsIn('workspace'),
  // Whichever page is gone to is of the same workspace.
  search: { middlewares: [retainSearchParams(['workspace'])] },
  component: lazyRouteComponent(() => import('./session/signed-in.tsx'), 'SignedIn'),
})
const dashboard = createRoute({
  getParentRoute: () => inside,
  path: '/',
  component: lazyRouteComponent(() => import('./pages/dashboard.tsx'), 'DashboardPage'),
})
const issues = createRoute({
  getParentRoute: () => inside,
  path: '/issues',
  validateSearch: wordsIn('state', 'severity', 'category', 'target', 'search', 'sort'),
  component: lazyRouteComponent(() => import('./pages/issues.tsx'), 'IssuesPage'),
})
const issue = createRoute({
  getParentRoute: () => inside,
  path: '/issues/$issueId',
  component: lazyRouteComponent(() => import('./pages/issue.tsx'), 'IssuePage'),
})
const decisions = createRoute({
  getParentRoute: () => inside,
  path: '/decisions',
  validateSearch: wordsIn('state', 'risk', 'sort'),
  component: lazyRouteComponent(() => import('./pages/decisions.tsx'), 'DecisionsPage'),
})
const decision = createRoute({
  getParentRoute: () => inside,
  path: '/decisions/$decisionId',
  component: lazyRouteComponent(() => import('./pages/decision.tsx'), 'DecisionPage'),
})
const history = createRoute({
  getParentRoute: () => inside,
  path: '/history',
  validateSearch: wordsIn('state', 'outcome'),
  component: lazyRouteComponent(() => import('./pages/history.tsx'), 'HistoryPage'),
})
const run = createRoute({
  getParentRoute: () => inside,
  path: '/history/$executionId',
  component: lazyRouteComponent(() => import('./pages/run.tsx'), 'RunPage'),
})
const audit = createRoute({
  getParentRoute: () => inside,
  path: '/audit',
  validateSearch: wordsIn('who', 'kind', 'subject', 'since', 'until'),
  component: lazyRouteComponent(() => import('./pages/audit.tsx'), 'AuditPage'),
})

const actions = createRoute({
  getParentRoute: () => inside,
  path: '/actions',
  validateSearch: wordsIn('risk', 'category', 'shown', 'q'),
  component: lazyRouteComponent(() => import('./pages/actions.tsx'), 'ActionsPage'),
})
const action = createRoute({
  getParentRoute: () => inside,
  path: '/actions/$engine/$action',
  component: lazyRouteComponent(() => import('./pages/action.tsx'), 'ActionPage'),
})
const targets = createRoute({
  getParentRoute: () => inside,
  path: '/targets',
  component: lazyRouteComponent(() => import('./pages/targets.tsx'), 'TargetsPage'),
})
const target = createRoute({
  getParentRoute: () => inside,
  path: '/targets/$targetId',
  validateSearch: wordsIn('check'),
  component: lazyRouteComponent(() => import('./pages/target.tsx'), 'TargetPage'),
})
const learning = createRoute({
  getParentRoute: () => inside,
  path: '/learning',
  validateSearch: wordsIn('shown'),
  component: lazyRouteComponent(() => import('./pages/learning.tsx'), 'LearningPage'),
})
const fix = createRoute({
  getParentRoute: () => inside,
  path: '/fix',
  validateSearch: wordsIn('target', 'action'),
  component: lazyRouteComponent(() => import('./pages/fix.tsx'), 'FixPage'),
})
const settings = createRoute({
  getParentRoute: () => inside,
  path: '/settings',
  validateSearch: wordsIn('part'),
  component: lazyRouteComponent(() => import('./pages/settings.tsx'), 'SettingsPage'),
})
const around = [actions, action, targets, target, learning, fix, settings] as const

/** The addresses of the panel. */
export const router = createRouter({
  routeTree: root.addChildren([
    signIn,
    setUp,
    link,
    invitation,
    inside.addChildren([dashboard, issues, issue, decisions, decision, history, run, audit, ...around]),
  ]),
  defaultPendingComponent: Reading,
  // Filters are words: `?target=3` is written and read as it stands.
  parseSearch: (text) => Object.fromEntries(new URLSearchParams(text)),
  stringifySearch: (search) => {
    const words = Object.entries(search).filter(([, value]) => value !== undefined)
    const text = new URLSearchParams(words.map(([name, value]) => [name, String(value)])).toString()
    return text === '' ? '' : `?${text}`
  },
  defaultPreload: 'intent',
  scrollRestoration: false,
})

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}
