/** The shell: where one can go, and the page that is looked at. Pages after the first are fetched when they are opened. */
import { lazy, Suspense } from "react";
import { Link, Route, Switch, useRoute } from "wouter";
import { OperatorsPage } from "./pages/operators.tsx";
import { Page } from "./parts/page.tsx";
import { ThemeButton } from "./parts/themeButton.tsx";

const OperatorPage = lazy(async () => import("./pages/operator.tsx"));
const BatchPage = lazy(async () => import("./pages/batch.tsx"));
const ReceiptPage = lazy(async () => import("./pages/receipt.tsx"));
const TimelinePage = lazy(async () => import("./pages/timeline.tsx"));
const FaultsPage = lazy(async () => import("./pages/faults.tsx"));
const ModelsPage = lazy(async () => import("./pages/models.tsx"));
const HealthPage = lazy(async () => import("./pages/health.tsx"));
const VerifyPage = lazy(async () => import("./pages/verify.tsx"));

const places = [
  ["/", "Operators"],
  ["/agents", "Agents"],
  ["/faults", "Faults"],
  ["/models", "Models"],
  ["/health", "Health"],
  ["/verify", "Verify"],
] as const;

export function App() {
  return (
    <>
      <a className="skip" href="#main">
        Skip to the content
      </a>
      <header className="top">
        <Link className="brand" href="/">
          Surety
        </Link>
        <nav aria-label="Pages">
          <ul>
            {places.map(([path, name]) => (
              <li key={path}>
                <Place path={path} name={name} />
              </li>
            ))}
          </ul>
        </nav>
        <ThemeButton />
      </header>
      <main id="main" tabIndex={-1}>
        <Suspense fallback={<p role="status">Loading …</p>}>
          <Switch>
            <Route path="/" component={OperatorsPage} />
            <Route path="/operator/:operator" component={OperatorPage} />
            <Route path="/operator/:operator/batch/:root" component={BatchPage} />
            <Route path="/receipt/:operator/:leaf" component={ReceiptPage} />
            <Route path="/agents/:client?" component={TimelinePage} />
            <Route path="/faults" component={FaultsPage} />
            <Route path="/models" component={ModelsPage} />
            <Route path="/health" component={HealthPage} />
            <Route path="/verify" component={VerifyPage} />
            <Route>
              <Page title="Nothing here">
                <p>There is no such page. The address may have been cut off.</p>
              </Page>
            </Route>
          </Switch>
        </Suspense>
      </main>
      <footer>
        <p>
          What this page says comes from the chain, from an index of it, and from operators themselves. Records are
          checked in your own browser.
        </p>
      </footer>
    </>
  );
}

function Place({ path, name }: { readonly path: string; readonly name: string }) {
  const [isHere] = useRoute(path === "/" ? path : `${path}/*?`);
  return (
    <Link href={path} aria-current={isHere ? "page" : undefined}>
      {name}
    </Link>
  );
}
