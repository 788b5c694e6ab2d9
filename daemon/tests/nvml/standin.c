/* A stand-in for libnvidia-ml.so.1: two GPUs, fixed answers, and a count of what is open.
   -DHANGS: a getter never returns, as a driver that is stuck. -DOLD: without newer functions.
   -DHOSTILE: texts without an end. It has setters, too, and remembers if one is called. */
#include <poll.h>
#include <string.h>
#include <unistd.h>

typedef struct { char legacy[16]; unsigned domain, bus, device, pci, sub; char id[32]; } Pci;
typedef struct { unsigned environment, feature, tools; } ConfCompute;

static int opened, changed;
int standin_open(void) { return opened; }
int standin_changed(void) { return changed; }

static int text(char *to, unsigned room, const char *what) {
#ifdef HOSTILE
    memset(to, 'A', room);
    return 0;
#else
    if (strlen(what) >= room) return 7;
    strcpy(to, what);
    return 0;
#endif
}

int nvmlInit_v2(void) {
    /* Real NVML may try to start nvidia-modprobe; a refusal must not be the end. */
    execl("/usr/bin/nvidia-modprobe-that-is-not-there", "x", (char *)0);
    opened++;
    return 0;
}
int nvmlShutdown(void) { opened--; return 0; }
int nvmlSystemGetDriverVersion(char *to, unsigned room) { return text(to, room, "580.95.05"); }
int nvmlDeviceGetCount_v2(unsigned *count) {
#ifdef HOSTILE
    *count = 0xffffffff;
#else
    *count = 2;
#endif
    return 0;
}
int nvmlDeviceGetHandleByIndex_v2(unsigned index, void **handle) { *handle = (void *)(unsigned long)(index + 1); return 0; }
int nvmlDeviceGetUUID(void *gpu, char *to, unsigned room) {
#ifdef HANGS
    for (;;) poll(0, 0, -1);
#endif
    return text(to, room, gpu == (void *)1 ? "GPU-11111111-2222-3333-4444-555555555555" : "GPU-66666666-7777-8888-9999-000000000000");
}
int nvmlDeviceGetSerial(void *gpu, char *to, unsigned room) { return gpu == (void *)1 ? text(to, room, "1650924000001") : 3; }
int nvmlDeviceGetVbiosVersion(void *gpu, char *to, unsigned room) { (void)gpu; return text(to, room, "96.00.CF.00.01"); }
int nvmlDeviceGetName(void *gpu, char *to, unsigned room) { (void)gpu; return text(to, room, "NVIDIA H200"); }
int nvmlDeviceGetBoardPartNumber(void *gpu, char *to, unsigned room) { (void)gpu; return text(to, room, "699-21010-0215-000"); }
int nvmlDeviceGetPciInfo_v3(void *gpu, Pci *pci) { (void)gpu; memset(pci, 0, sizeof *pci); return text(pci->id, sizeof pci->id, "00000000:01:00.0"); }
int nvmlDeviceGetMigMode(void *gpu, unsigned *now, unsigned *next) { *now = gpu == (void *)2; *next = 0; return 0; }
#ifndef OLD
int nvmlSystemGetConfComputeState(ConfCompute *state) { state->environment = 1; state->feature = 1; state->tools = 0; return 0; }
#endif
int nvmlDeviceSetMigMode(void *gpu, unsigned mode) { (void)gpu; (void)mode; changed++; return 0; }
int nvmlDeviceResetApplicationsClocks(void *gpu) { (void)gpu; changed++; return 0; }
