/** Pictures to stand in for a camera's: a lifter on a platform, in a hall full of daylight and in a dark one with spotlights. */

interface Colours {
  readonly wall: string;
  readonly windows: string;
  readonly floor: string;
  readonly platform: string;
  readonly lifter: string;
  readonly skin: string;
  /** How strong the spotlights are. */
  readonly light: number;
}

/** As CSS backgrounds. */
export const PICTURES = {
  bright: picture({ wall: "#eef1f0", windows: "#ffffff", floor: "#e3d6bd", platform: "#f1c987", lifter: "#c8372d", skin: "#e9b48f", light: 0 }),
  dark: picture({ wall: "#0b0d12", windows: "#12151c", floor: "#0f0c0b", platform: "#3a2a1c", lifter: "#23304f", skin: "#6d4a3a", light: 0.5 }),
};

function picture({ wall, windows, floor, platform, lifter, skin, light }: Colours): string {
  const panes = Array.from({ length: 9 }, (_, at) => `<rect x="${40 + at * 210}" y="40" width="170" height="330" fill="${windows}" stroke="#8a949c" stroke-opacity=".4" stroke-width="6"/>`);
  const beams = [480, 960, 1440].map((x) => `<polygon points="${x - 20},0 ${x + 20},0 ${x + 330},1080 ${x - 330},1080" fill="url(#beam)"/>`);
  const plates = [690, 720, 750, 1170, 1200, 1230].map((x) => `<rect x="${x - 12}" y="290" width="24" height="260" rx="8" fill="#b3242b" stroke="#000" stroke-opacity=".4" stroke-width="3"/>`);
  const person = `
    <path d="M850 980 l-20 -260 q0 -60 60 -80 h140 q60 20 60 80 l-20 260 h-80 l-20 -220 h-20 l-20 220 z" fill="${lifter}"/>
    <rect x="850" y="430" width="220" height="250" rx="70" fill="${lifter}"/>
    <path d="M860 470 l-70 -60 M1060 470 l70 -60" stroke="${skin}" stroke-width="54" stroke-linecap="round"/>
    <circle cx="960" cy="350" r="66" fill="${skin}"/>`;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1920 1080" preserveAspectRatio="none">
    <defs><linearGradient id="beam" x2="0" y2="1"><stop stop-color="#fff4d0" stop-opacity="${light}"/><stop offset="1" stop-color="#fff4d0" stop-opacity="0"/></linearGradient></defs>
    <rect width="1920" height="1080" fill="${wall}"/>${panes.join("")}
    <rect y="700" width="1920" height="380" fill="${floor}"/><polygon points="420,860 1500,860 1680,1080 240,1080" fill="${platform}"/>
    ${person}<rect x="560" y="410" width="800" height="20" rx="8" fill="#9aa4ae"/>${plates.join("")}${light > 0 ? beams.join("") : ""}</svg>`;
  return `url("data:image/svg+xml,${encodeURIComponent(svg)}") center / 100% 100% no-repeat`;
}
