import { Page } from "../parts/page.tsx";
export default function HealthPage() {
  return <Page title="Health" />;
}
