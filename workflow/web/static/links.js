// A link in our own HTML leads on without loading the whole page anew, as Streamlit's links do: the address changes,
// and Streamlit is told as it is told of Back. Without this script the browser follows the link as ever.

const OTHERWISE = ["button", "metaKey", "ctrlKey", "shiftKey", "altKey"]; // a new tab, a new window, a download
const NARROW = 768; // px: the sidebar lies over the page
const CLOSES = "[data-testid=stSidebarCollapseButton] button";

function followed(event) {
  if (event.defaultPrevented || OTHERWISE.some(key => event[key])) return;
  const link = event.target.closest?.(".stHtml a[href]");
  if (!link || link.hasAttribute("download") || !["", "_self"].includes(link.target) || link.origin !== location.origin || link.hash) return;
  event.preventDefault();
  if (link.href === location.href) return;
  history.pushState(null, "", link.href);
  dispatchEvent(new PopStateEvent("popstate"));
  document.querySelector(".stMain")?.scrollTo(0, 0);
  if (link.closest(".stSidebar") && innerWidth < NARROW) document.querySelector(CLOSES)?.click();
}

document.addEventListener("click", followed);
document.documentElement.dataset.links = "followed"; // for who waits until the page can do it

export default function () {}
