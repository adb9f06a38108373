//! What the kernel holds, of the whole machine: the difference over a while is what was opened in it.

/// Kernel memory in bytes.
pub(crate) struct Kernel {
    /// Small objects: sockets, files, event registrations.
    pub(crate) slab: f64,
    /// Bytes in socket buffers.
    pub(crate) buffers: f64,
}

impl Kernel {
    /// As of now; zeros where that cannot be read.
    pub(crate) fn read() -> Self {
        let memory = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
        let slab = memory.lines().find_map(|line| line.strip_prefix("Slab:")?.trim().strip_suffix(" kB"));
        let sockets = std::fs::read_to_string("/proc/net/sockstat").unwrap_or_default();
        let pages = sockets.lines().find_map(|line| line.strip_prefix("TCP:")?.split("mem ").nth(1));
        let number = |text: Option<&str>| text.and_then(|text| text.trim().parse::<f64>().ok()).unwrap_or(0.0);
        Self { slab: number(slab) * 1024.0, buffers: number(pages) * rustix::param::page_size() as f64 }
    }

    /// How much more that is than before.
    pub(crate) fn since(&self, before: &Self) -> Self {
        Self { slab: self.slab - before.slab, buffers: self.buffers - before.buffers }
    }
}
