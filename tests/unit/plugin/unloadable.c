/* Libraries that are no usable plug-ins, one for each definition. In C, which shows that utcp/plugin.h is C. */
#include <utcp/plugin.h>

#include <string.h>

#ifndef NO_ENTRY

static void on_request(void* self, const utcp_request* request) { (void)self, (void)request; }
static void on_cancel(void* self, uint64_t operation) { (void)self, (void)operation; }
static void on_release(void* self, utcp_view manual) { (void)self, (void)manual; }
static void on_destroy(void* self) { (void)self; }

static const char* const some_protocols[] = {"unloadable", NULL};

UTCP_PLUGIN_EXPORT const utcp_plugin* utcp_plugin_entry(const utcp_host* host) {
  static utcp_plugin plugin;
  (void)host;
  memset(&plugin, 0, sizeof(plugin));
  plugin.size = sizeof(plugin);
  plugin.abi = UTCP_PLUGIN_ABI;
  plugin.name = "unloadable";
  plugin.protocols = some_protocols;
  plugin.discover = on_request;
  plugin.call = on_request;
  plugin.cancel = on_cancel;
  plugin.release = on_release;
  plugin.destroy = on_destroy;
#if defined(OTHER_ABI)
  plugin.abi = UTCP_PLUGIN_ABI + 1;
#elif defined(TOO_SMALL)
  plugin.size = offsetof(utcp_plugin, discover);
#elif defined(NO_CALL)
  plugin.call = NULL;
#elif defined(NO_PROTOCOL)
  plugin.protocols = some_protocols + 1;
#elif defined(HALF_A_STREAM)
  plugin.open_stream = on_request;
#elif defined(REFUSES)
  return NULL;
#endif
  return &plugin;
}

#endif

/* Something to export, whatever is left out. */
UTCP_PLUGIN_EXPORT int unloadable_marker(void);
int unloadable_marker(void) { return 1; }
