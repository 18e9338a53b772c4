package doctor

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// Files looks at how many files may be open at once.
func Files() Check {
	return Check{"open files", func(context.Context) []Finding {
		var limit syscall.Rlimit
		if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
			return one(Finding{Status: Note, Found: err.Error()})
		}
		f := ok("%d may be open at once", limit.Max)
		if limit.Max < 4096 {
			f.Status, f.Do = Warn, "raise the limit: LimitNOFILE=65536 in the systemd unit, or ulimit -n"
		}
		return one(f)
	}}
}

// Port looks whether an address can be listened on. When the server runs, it
// is used by that.
func Port(name, address string, running bool) Check {
	return Check{name, func(ctx context.Context) []Finding {
		l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
		switch {
		case err == nil:
			return one(freed(l, address))
		case errors.Is(err, syscall.EADDRINUSE) && running:
			return one(ok("%s is used by the server that runs", address))
		case errors.Is(err, syscall.EADDRINUSE):
			return one(Finding{Status: Fail, Found: address + " is used by another program", Do: "choose another address, or end that program: ss -ltnp"})
		}
		return one(Finding{Status: Fail, Found: err.Error(), Do: "choose an address of this machine"})
	}}
}

func freed(l net.Listener, address string) Finding {
	if err := l.Close(); err != nil {
		return Finding{Status: Warn, Found: fmt.Sprintf("%s: %v", address, err)}
	}
	return ok("%s is free", address)
}

// Containment looks at what ends all processes of a task.
func Containment(find func() (mode string, missing, err error)) Check {
	return Check{"containment", func(context.Context) []Finding {
		mode, missing, err := find()
		if err != nil {
			return one(Finding{Status: Fail, Found: err.Error(), Do: "leave --containment out to take the best there is"})
		}
		f := ok("ending a task ends all its processes, by %s", mode)
		switch mode {
		case "namespace":
			f.Status, f.Do = Note, "cgroups would be quicker: "+because(missing)+"; with systemd say Delegate=yes"
		case "group":
			f.Status, f.Found = Warn, "a task's processes are ended as well as can be found: "+because(missing)
			f.Do = "run the worker as root, or by a systemd unit with Delegate=yes"
		}
		return one(f)
	}}
}

func because(err error) string {
	if err == nil {
		return "another mode was asked for"
	}
	return err.Error()
}

// Tenant is an OS user that tasks run as, and what a worker allows.
type Tenant struct {
	MinUID     int
	Allowed    []string // although their uid is lower
	Default    string   // behind the tenant called default
	AutoCreate bool
}

// alias is the tenant that stands for another user.
const alias = "default"

// Judge says whether tasks can run here as a tenant.
func (t Tenant) Judge(code string) Finding {
	f := Finding{Check: "tenant " + code, Status: OK}
	name := code
	if code == alias {
		if name = t.Default; name == "" {
			return Finding{Check: f.Check, Status: Note, Found: "the tenant default stands for nobody here", Do: "give --default-tenant"}
		}
	}
	u, err := user.Lookup(name)
	if err != nil {
		f.Status, f.Found, f.Do = Warn, fmt.Sprintf("there is no OS user %s here", name), "useradd --system --create-home "+name+", or start workers with --tenant-auto-create"
		if t.AutoCreate && os.Geteuid() == 0 {
			f.Status, f.Do = Note, "the worker makes it when a task needs it"
		}
		return f
	}
	uid, err := strconv.Atoi(u.Uid)
	if err != nil {
		return Finding{Check: f.Check, Status: Warn, Found: fmt.Sprintf("%s has no numeric uid", name)}
	}
	f.Found = fmt.Sprintf("tasks run as %s (uid %d)", name, uid)
	switch {
	case os.Geteuid() != 0 && uid != os.Geteuid():
		f.Status, f.Do = Warn, "only root runs tasks as other users: run the worker as root, or as this user"
	case os.Geteuid() == 0 && code != alias && uid < t.MinUID && !slices.Contains(t.Allowed, code):
		f.Status, f.Do = Warn, fmt.Sprintf("its uid is below --min-uid %d: allow it by --allow-tenants %s", t.MinUID, code)
	}
	return f
}

// Program is something tasks start.
type Program struct {
	Name     string   // or path
	Kinds    string   // of tasks that need it
	Homes    []string // variables that name the folder it is in
	Required bool
}

// Programs looks for what tasks start.
func Programs(list []Program) Check {
	return Check{"programs", func(context.Context) []Finding {
		var found []Finding
		for _, p := range list {
			found = append(found, p.look())
		}
		return found
	}}
}

func (p Program) look() Finding {
	f := Finding{Check: "program " + p.Name, Status: OK}
	for _, home := range p.Homes {
		if dir := os.Getenv(home); dir != "" {
			if path, err := exec.LookPath(dir + "/bin/" + p.Name); err == nil {
				f.Found = path
				return f
			}
		}
	}
	path, err := exec.LookPath(p.Name)
	if err == nil {
		f.Found = path
		return f
	}
	f.Status, f.Found = Note, "is not found; only "+p.Kinds+" tasks need it"
	if len(p.Homes) > 0 {
		f.Found += ", and environments may set " + strings.Join(p.Homes, " or ")
	}
	if p.Required {
		f.Status, f.Do = Fail, "install "+p.Name
	}
	return f
}
