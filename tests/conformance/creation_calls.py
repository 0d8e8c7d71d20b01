"""Calls of the functions that make tensors, as text in which `m` is either library: what PyTorch gives is right.

One call ends at a bar. DATA are arguments of `tensor` and `as_tensor`.
"""

CALLS = {
    "arange": """
        m.arange(5,2) | m.arange(0,5,-1) | m.arange(nan) | m.arange(inf) | m.arange(0,inf) |
        m.arange(-inf,0) | m.arange(0,1,0) | m.arange(0,1,nan) | m.arange(0,1,inf) |
        m.arange(0.,1.,inf) | m.arange(2**62) | m.arange(1e30) | m.arange(2**63) |
        m.arange(2**64) | m.arange(True) | m.arange(0,True) | m.arange(m.tensor(3)) |
        m.arange(m.tensor(3.)) | m.arange(m.tensor(3.,dtype=m.float64)) |
        m.arange(m.tensor(1.,dtype=m.float64),3) | m.arange(0,m.tensor(3)) |
        m.arange(m.tensor(0),m.tensor(3)) | m.arange(0,m.tensor(3),m.tensor(1.5)) |
        m.arange(m.tensor([3])) | m.arange(m.tensor([2,3])) | m.arange(np.int64(3)) |
        m.arange(np.float64(3)) | m.arange(np.float32(3)) | m.arange(np.array(3)) |
        m.arange(np.array([3])) | m.arange('3') | m.arange(None) | m.arange(3,None) |
        m.arange(start=1,end=3) | m.arange(end=3) | m.arange(start=3) | m.arange(1,end=3) |
        m.arange(1,3,step=2) | m.arange(1,step=2) | m.arange(end=3,step=2) |
        m.arange(0,5,dtype=m.float64) | m.arange(0,1.5,0.5) | m.arange(3,dtype=m.bool) |
        m.arange(2,dtype=m.bool) | m.arange(1,dtype=m.bool) | m.arange(3,dtype=m.uint8) |
        m.arange(300,dtype=m.uint8)[-5:] | m.arange(-3,0,dtype=m.uint8) | m.arange(1,2,3,4) |
        m.arange() | m.arange(m.tensor(3,dtype=m.int32)) | m.arange(m.tensor(3,dtype=m.uint8)) |
        m.arange(m.tensor(True)) | m.arange(3.,requires_grad=True) |
        m.arange(3,requires_grad=True) | m.arange(-1) | m.arange(-0.5) | m.arange(0) |
        m.arange(0,0) | m.arange(0,0,-1) | m.arange(1,1,0) | m.arange(2**53+1, 2**53+3) |
        m.arange(0.,1.,0.1) | m.arange(16777216.,16777220.) | m.arange(0,1,1e-20) |
        m.arange(0,10,3) | m.arange(10,0,-3) |
        m.arange(m.tensor(3,dtype=m.float64),m.tensor(5,dtype=m.float32)) | m.arange(0.1,0.5,0.1) |
        m.arange(1,3,m.tensor([1])) | m.arange(10**20) | m.arange(2**31,2**31+2,dtype=m.int32) |
        m.arange(2,device='cpu') | m.arange(2,device='foo') | m.arange(2,dtype=float) |
        m.arange(2,dtype=int) | m.arange(2,dtype='float64') | m.arange(-3.5,dtype=m.int64)
    """,
    "linspace": """
        m.linspace(0,1,5) | m.linspace(0,1,steps=3) | m.linspace(0,1) |
        m.linspace(start=0,end=1,steps=2) | m.linspace(0,1,-1) | m.linspace(0,1,0) |
        m.linspace(0,1,1) | m.linspace(0,1,2.5) | m.linspace(0,1,True) |
        m.linspace(0,1,m.tensor(3)) | m.linspace(0,1,None) | m.linspace(0,1,'3') |
        m.linspace(0,nan,3) | m.linspace(0,inf,3) | m.linspace(inf,0,3) |
        m.linspace(m.tensor(0),m.tensor(1),3) | m.linspace(m.tensor(0.,dtype=m.float64),1,3) |
        m.linspace(m.tensor(0.),m.tensor(1.,dtype=m.float64),3) | m.linspace(m.tensor(0),1,3) |
        m.linspace(True,3,3) | m.linspace('0',1,3) | m.linspace(None,1,3) | m.linspace(0,1,2**62) |
        m.linspace(0,1,2**64) | m.linspace(0,1,3,dtype=m.bool) |
        m.linspace(0,1,3,dtype=m.float64) | m.linspace(0,300,4,dtype=m.uint8) |
        m.linspace(0,1,np.int64(3)) | m.linspace(np.float64(0),1,3) |
        m.linspace(0,1,3,requires_grad=True) | m.linspace(0,1,-1,device='meta') |
        m.linspace(2**70,0,2)
    """,
    "full": """
        m.full((2,),1) | m.full((2,),1.) | m.full((2,),True) | m.full((2,),m.tensor(1)) |
        m.full((2,),m.tensor(1.)) | m.full((2,),m.tensor(1.,dtype=m.float64)) |
        m.full((2,),m.tensor(1,dtype=m.int32)) | m.full((2,),m.tensor(True)) |
        m.full((2,),m.tensor([1])) | m.full((2,),m.tensor([1,2])) | m.full((2,),np.float64(1)) |
        m.full((2,),np.float32(1)) | m.full((2,),np.int32(1)) | m.full((2,),np.bool_(True)) |
        m.full((2,),np.array(1.)) | m.full((2,),'1') | m.full((2,),None) | m.full((2,),[1]) |
        m.full((2,),nan) | m.full((2,),nan,dtype=m.int64) | m.full((2,),inf,dtype=m.int64) |
        m.full((2,),2**63) | m.full((2,),2**63-1) | m.full((2,),2**64) | m.full((2,),-2**63-1) |
        m.full((2,),300,dtype=m.uint8) | m.full((2,),1.7,dtype=m.int64) |
        m.full((2,),2,dtype=m.bool) | m.full((2,),0.5,dtype=m.bool) | m.full((2,),1e50) |
        m.full((2,),1e50,dtype=m.float32) | m.full((2,),2**40,dtype=m.int32) | m.full(2,1) |
        m.full(m.tensor(2),1) | m.full((),1) | m.full([],1) | m.full(size=(2,),fill_value=1) |
        m.full((2,),fill_value=1) | m.full((2,)) | m.full(fill_value=1) |
        m.full((2,),1,requires_grad=True) | m.full((2,),1.,requires_grad=True) |
        m.full((2,),m.tensor(1.,requires_grad=True)) | m.full((-1,),1) | m.full((2.,),1) |
        m.full((2,),2**70,dtype=m.float32) | m.full((2,),2**63,dtype=m.float64) |
        m.full((2,),1,dtype=float)
    """,
    "full_like": """
        m.full_like(m.tensor([1,2]),1.5) | m.full_like(m.tensor([1.,2]),1) |
        m.full_like(m.tensor([1,2]),1.5,dtype=m.float64) |
        m.full_like(m.tensor([1,2]),m.tensor(3)) | m.full_like(m.tensor([1,2]),m.tensor([3])) |
        m.full_like(m.tensor([1,2]),nan) | m.full_like(m.tensor([1,2]),2**64) |
        m.full_like(m.tensor([1,2]),'a') | m.full_like([1],1) | m.full_like(m.tensor([True]),2) |
        m.full_like(m.tensor([1],dtype=m.uint8),-1.5) |
        m.full_like(m.tensor([1],dtype=m.uint8),256) | m.full_like(m.tensor([1]),fill_value=3) |
        m.full_like(m.tensor([1.]),3,requires_grad=True) |
        m.full_like(m.tensor([1]),3,requires_grad=True) |
        m.full_like(m.tensor([1.]),m.tensor([1.,2.])) |
        m.full_like(m.tensor([1.]),m.tensor(2.,requires_grad=True))
    """,
    "sizes and options": """
        m.zeros_like(m.tensor([1])) | m.zeros_like([1]) | m.zeros_like(1) |
        m.zeros_like(input=m.tensor([1])) | m.zeros_like(m.tensor([1]),dtype=m.float64) |
        m.zeros_like(m.tensor([1.]),requires_grad=True) |
        m.zeros_like(m.tensor([1]),requires_grad=True) | m.zeros_like(m.tensor([1.]),m.float64) |
        m.rand_like(m.tensor([1])) | m.rand_like(m.tensor([1.],dtype=m.float64)) |
        m.randn_like(m.tensor([1])) | m.randn_like(m.tensor([1]),dtype=m.float32).dtype |
        m.rand_like([1]) | m.rand_like(1) | m.randn_like(None) |
        m.empty_like(m.tensor([1.,2.]).double()).dtype | m.rand_like(m.tensor([True])) |
        m.randn(2,dtype=m.int64) | m.rand(2,dtype=m.bool) | m.zeros(2,dtype='float32') |
        m.zeros(2,dtype=float) | m.zeros(2,m.float32) | m.zeros(2,requires_grad=True) |
        m.zeros(2,dtype=m.int64,requires_grad=True) | m.zeros(2,requires_grad=1) |
        m.zeros(2,requires_grad=None) | m.zeros(2,3,size=(1,)) | m.zeros(2,foo=1) |
        m.zeros(2,dtype=None,device=None) | m.zeros(size=2) | m.zeros(size=None) |
        m.ones(size=[2]) | m.empty(size=(2,)).shape | m.randn(size=(2,)).shape |
        m.ones_like(m.tensor(3)) | m.empty(2,dtype=m.int64).dtype
    """,
    "eye": """
        m.eye(2) | m.eye(2,3) | m.eye(n=2,m=1) | m.eye(2,m=1) | m.eye(-1) | m.eye(2,-1) |
        m.eye(0) | m.eye(2.) | m.eye(True) | m.eye(m.tensor(2)) | m.eye(np.int64(2)) |
        m.eye((2,3)) | m.eye() | m.eye(2,3,4) | m.eye('2') | m.eye(2**40) | m.eye(2**64) |
        m.eye(2,dtype=m.bool) | m.eye(2,dtype=m.int64) | m.eye(2,requires_grad=True) |
        m.eye(None) | m.eye(nan) | m.eye(2,2.)
    """,
    "randint": """
        m.randint(10,(2,)).dtype | m.randint(10,size=(2,)).shape |
        m.randint(high=10,size=(2,)).shape | m.randint(2,10,(2,)).shape |
        m.randint(2,10,size=(2,)).shape | m.randint(2,high=10,size=(2,)).shape |
        m.randint(low=2,high=10,size=(2,)).shape | m.randint(low=2,size=(2,)) | m.randint(10) |
        m.randint(10,2) | m.randint(2,10,2) | m.randint(10,[2]).shape | m.randint(10,()) |
        m.randint(10,m.tensor(2)) | m.randint(10,(m.tensor(2),)).shape |
        m.randint(10,(np.int64(2),)).shape | m.randint(10,None) |
        m.randint(size=(2,),high=10).shape | m.randint(0,0,(2,)) | m.randint(3,3,(0,)) |
        m.randint(3,2,(2,)) | m.randint(-5,-2,(2,)).shape | m.randint(m.tensor(10),(2,)).shape |
        m.randint(m.tensor(2),m.tensor(10),(2,)).shape | m.randint(m.tensor(10.),(2,)).shape |
        m.randint(10.,(2,)) | m.randint(1.5,3,(2,)) | m.randint(True,(2,)) |
        m.randint(0,True,(2,)) | m.randint('1',(2,)) | m.randint(None,(2,)) | m.randint(nan,(2,)) |
        m.randint(2**63,(2,)) | m.randint(2**63-1,(2,)).shape |
        m.randint(-2**63,2**63-1,(2,)).shape | m.randint(0,2**64,(2,)) |
        m.randint(np.int64(10),(2,)).shape | m.randint(np.float64(10),(2,)) |
        m.randint(10,(2,),dtype=m.float32).dtype | m.randint(10,(2,),dtype=m.bool) |
        m.randint(2,(2,),dtype=m.bool).dtype | m.randint(0,1,(2,),dtype=m.bool).dtype |
        m.randint(300,(2,),dtype=m.uint8) | m.randint(256,(2,),dtype=m.uint8).dtype |
        m.randint(-1,5,(2,),dtype=m.uint8) | m.randint(2**40,(2,),dtype=m.int32) |
        m.randint(10,(-1,)) | m.randint(10,(2.,)) | m.randint(10,(2,),requires_grad=True) |
        m.randint(10,(2,),dtype=m.float32,requires_grad=True).requires_grad |
        m.randint(10,(2,),device='cpu').shape | m.randint(10,(2,),generator=m.Generator()).shape |
        m.randint(1,2,3,4) | m.randint() | m.randint(10,(2,),3) | m.randint((2,),10) |
        m.randint(0,10,(0,3)).shape | m.randint(2**30,(2,),dtype=m.float32).dtype |
        m.randint(m.tensor([10]),(2,)).shape | m.randint(m.tensor([1,2]),(2,))
    """,
    "randperm": """
        m.randperm(3).dtype | m.randperm(0) | m.randperm(-1) | m.randperm(2.) | m.randperm(True) |
        m.randperm(m.tensor(2)).dtype | m.randperm(m.tensor(2.)) | m.randperm(np.int64(3)).dtype |
        m.randperm((3,)) | m.randperm(None) | m.randperm(n=3).dtype |
        m.randperm(3,dtype=m.float32).dtype | m.randperm(3,dtype=m.bool) |
        m.randperm(3,dtype=m.uint8).dtype | m.randperm(300,dtype=m.uint8) | m.randperm(2**62) |
        m.randperm(2**64) | m.randperm('3') | m.randperm(3,requires_grad=True) |
        m.randperm(3,dtype=m.float32,requires_grad=True).requires_grad | m.randperm(3,4) |
        m.randperm() | m.randperm(1,dtype=m.bool) | m.randperm(2,dtype=m.bool)
    """,
    "normal": """
        m.normal(0.,1.,(2,)).shape | m.normal(0,1,(2,)).shape | m.normal(0.,1.,size=(2,)).shape |
        m.normal(mean=0.,std=1.,size=(2,)).shape | m.normal(0.,1.) | m.normal() |
        m.normal(m.tensor([1.,2.])).shape | m.normal(m.tensor([1.,2.]),2.).shape |
        m.normal(m.tensor([1.,2.]),m.tensor([1.,2.])).shape |
        m.normal(1.,m.tensor([1.,2.])).shape | m.normal(mean=1.,std=m.tensor([1.,2.])).shape |
        m.normal(mean=m.tensor([1.]),std=m.tensor([1.,2.])).shape | m.normal(m.tensor([1,2])) |
        m.normal(m.tensor([1,2]),1.) | m.normal(m.tensor([1.,2.]),m.tensor([1,2])) |
        m.normal(m.tensor([1.],dtype=m.float64)).dtype |
        m.normal(m.tensor([1.],dtype=m.float64),m.tensor([1.])).dtype |
        m.normal(m.tensor([1.]),m.tensor([1.],dtype=m.float64)).dtype |
        m.normal(1.,m.tensor([1.],dtype=m.float64)).dtype | m.normal(0.,-1.,(2,)) |
        m.normal(0.,nan,(2,)) | m.normal(0.,inf,(2,)).shape | m.normal(nan,1.,(2,)) |
        m.normal(m.tensor([1.]),-1.) | m.normal(m.tensor([1.]),m.tensor([-1.])) |
        m.normal(m.tensor([1.]),m.tensor([nan])) | m.normal(0.,1.,2) | m.normal(0.,1.,(-2,)) |
        m.normal(0.,1.,(2.,)) | m.normal(0.,1.,m.tensor(2)) | m.normal('0',1.,(2,)) |
        m.normal(None,1.,(2,)) | m.normal(m.tensor([1.]),1.,(2,)) |
        m.normal(m.tensor(1.),m.tensor(1.),(2,)).shape | m.normal(m.tensor(1.),1.,(2,)).shape |
        m.normal(0.,1.,(2,),dtype=m.float64).dtype | m.normal(0.,1.,(2,),dtype=m.int64) |
        m.normal(0.,1.,(2,),device='cpu').shape |
        m.normal(0.,1.,(2,),requires_grad=True).requires_grad | m.normal(0.,0.,(2,)) |
        m.normal(m.tensor([1.,2.,3.]),m.tensor([1.,2.])) | m.normal(0.,1.,()) |
        m.normal(m.tensor([])) | m.normal(m.tensor([]),m.tensor([])).shape |
        m.normal(0.,m.tensor([-1.])) | m.normal(0.,m.tensor([1])) |
        m.normal(1.,1.,generator=None) | m.normal(True,1.,(2,)).shape
    """,
    "bernoulli": """
        m.bernoulli(m.tensor([0.,1.])) | m.bernoulli(m.tensor([0,1])) |
        m.bernoulli(m.tensor([True])) | m.bernoulli(m.tensor([.5]),.5).shape |
        m.bernoulli(m.tensor([1]),.5) | m.bernoulli(m.tensor([.5]),p=0.) |
        m.bernoulli(m.tensor([.5]),p=1) | m.bernoulli(m.tensor([.5]),p=2.) |
        m.bernoulli(m.tensor([.5]),p=nan) | m.bernoulli(m.tensor([nan])) |
        m.bernoulli(m.tensor([1.5])) | m.bernoulli(m.tensor([-.1])) | m.bernoulli(.5) |
        m.bernoulli([.5]) | m.bernoulli(m.tensor([])) |
        m.bernoulli(m.tensor([.5],dtype=m.float64)).dtype | m.bernoulli(m.tensor([1,0]),0.) |
        m.bernoulli(m.tensor([True]),1.) | m.bernoulli(m.tensor([.5]),m.tensor([.5])) |
        m.bernoulli(m.tensor([.5,.5]),0.5,generator=None).shape | m.bernoulli(input=m.tensor([1.]))
    """,
    "multinomial": """
        m.multinomial(m.tensor([1.,2.]),1).shape | m.multinomial(m.tensor([1.,2.]),2).shape |
        m.multinomial(m.tensor([1.,2.]),3) | m.multinomial(m.tensor([1.,2.]),3,True).shape |
        m.multinomial(m.tensor([1.,2.]),num_samples=3,replacement=True).shape |
        m.multinomial(m.tensor([[1.,2.]]),1).shape | m.multinomial(m.ones(0,3),2,True) |
        m.multinomial(m.ones(0,3),2) | m.multinomial(m.ones(0,3),5) |
        m.multinomial(m.ones(2,0),1) | m.multinomial(m.ones(0),1) |
        m.multinomial(m.ones(0,0),1,True) | m.multinomial(m.tensor([1,2]),1) |
        m.multinomial(m.tensor(1.),1) | m.multinomial(m.ones(1,1,2),1) |
        m.multinomial(m.tensor([1.,2.]),0) | m.multinomial(m.tensor([1.,2.]),-1) |
        m.multinomial(m.tensor([1.,2.]),1.) | m.multinomial(m.tensor([1.,2.]),True) |
        m.multinomial(m.tensor([1.,2.]),m.tensor(1)).shape |
        m.multinomial(m.tensor([1.,2.]),None) | m.multinomial(m.tensor([-1.,2.]),1) |
        m.multinomial(m.tensor([0.,0.]),1) | m.multinomial(m.tensor([nan,1.]),1) |
        m.multinomial(m.tensor([inf,1.]),1) | m.multinomial([1.],1) |
        m.multinomial(m.tensor([1.,2.]),1,1) | m.multinomial(m.tensor([1.,2.]),1,None) |
        m.multinomial(m.tensor([1.],dtype=m.float64),1).dtype |
        m.multinomial(m.tensor([1.,2.],requires_grad=True),1).requires_grad |
        m.multinomial(m.tensor([1.,2.]),2**40) | m.multinomial(m.tensor([True,False]),1) |
        m.multinomial(m.tensor([1.,2.]),'1') | m.multinomial(m.tensor([1.,2.])) |
        m.multinomial(m.tensor([[0.,0.],[1.,1.]]),1) |
        m.multinomial(m.tensor([[0.,0.],[1.,1.]]),1,True)
    """,
    "new tensors": """
        m.tensor(3).new_full((2,),1.5) | m.tensor(3).new_zeros(2) |
        m.tensor(3.).new_tensor([1,2]) | m.tensor(3).new_tensor([1.5]) |
        m.tensor(3).new_ones(size=(2,)) | m.tensor(3).new_ones((2,),dtype=m.float64) |
        m.tensor(3).new_empty(2).dtype | m.tensor(3).new_full((2,),1.5,dtype=m.float64) |
        m.tensor(3).new_full((2,),nan) | m.tensor(3).new_full(size=(2,),fill_value=2) |
        m.tensor(3).new_zeros() | m.tensor(3).new_zeros(()) |
        m.tensor(3.).new_tensor(m.tensor([1,2])) | m.tensor(3).new_tensor(data=[1]) |
        m.tensor(3).new_tensor(m.tensor([1.5])) |
        m.tensor(3.).new_zeros(2,requires_grad=True).requires_grad |
        m.tensor(3.).new_tensor([1],requires_grad=True).requires_grad |
        m.tensor(3).new_full((2,),m.tensor(3))
    """,
    "triangles": """
        m.tril_indices(2,2) | m.tril_indices(2,3,1) | m.tril_indices(2,2,-1) |
        m.tril_indices(2,2,offset=-1) | m.tril_indices(-1,2) | m.tril_indices(2.,2) |
        m.tril_indices(2,2,0.5) | m.tril_indices(2,2,True) | m.tril_indices(m.tensor(2),2).shape |
        m.tril_indices(0,2) | m.tril_indices(2,2,dtype=m.int32).dtype |
        m.tril_indices(2,2,dtype=m.float32) | m.tril_indices(2,2,dtype=m.uint8) |
        m.tril_indices(2,2,5) | m.tril_indices(2,2,-5) | m.triu_indices(2,2,5) |
        m.triu_indices(2,2,dtype=None) | m.tril_indices(row=2,col=2).shape | m.tril_indices(2) |
        m.tril_indices(None,2) | m.tril_indices('2',2) | m.triu_indices(2,-1) |
        m.triu_indices(2,2,2**40) | m.triu_indices(2,2,2**64) | m.tril_indices(True,2)
    """,
    "meshgrid": """
        m.meshgrid(m.tensor([1,2]),m.tensor([3])) | m.meshgrid([m.tensor([1,2])]) | m.meshgrid() |
        m.meshgrid([]) | m.meshgrid(m.tensor([[1]])) | m.meshgrid(m.tensor([1]),m.tensor([1.])) |
        m.meshgrid(1) | m.meshgrid(m.tensor(1),m.tensor([1,2])) |
        m.meshgrid(m.tensor([1]),indexing='foo') | m.meshgrid([1,2]) |
        m.meshgrid((m.tensor([1]),m.tensor([2]))) | m.meshgrid([m.tensor([1])],[m.tensor([2])]) |
        m.meshgrid(m.tensor([]),m.tensor([1.]))
    """,
    "from_numpy": """
        m.from_numpy(np.ones(2)) | m.from_numpy([1]) | m.from_numpy(np.float64(1)) |
        m.from_numpy(np.array(['a'])) | m.from_numpy(np.array([None])) |
        m.from_numpy(np.ones(2,'>f4')) | m.from_numpy(np.ones(4)[::-1]) |
        m.from_numpy(m.tensor([1])) | m.from_numpy(None) | m.from_numpy(np.uint16(3)) |
        m.from_numpy(np.datetime64('2020')) | m.from_numpy(np.array(3.)) |
        m.from_numpy(np.ones((2,0))) | m.from_numpy(np.ones(2,np.longdouble))
    """,
    "bincount": """
        m.bincount(m.tensor([1]),minlength=-1) | m.bincount(m.tensor([1]),minlength=3) |
        m.bincount(m.tensor([1,2]),m.tensor([1.,2.])) | m.bincount(m.tensor([],dtype=m.int64)) |
        m.bincount(m.tensor([],dtype=m.int64),minlength=2) | m.bincount(m.tensor([-1])) |
        m.bincount(m.tensor([1.])) | m.bincount(m.tensor([[1]])) |
        m.bincount(m.tensor([1]),minlength=2.) | m.bincount(m.tensor([1]),minlength=None) |
        m.bincount(m.tensor([1]),minlength=True) | m.bincount(m.tensor(1)) |
        m.bincount(m.tensor([1]),m.tensor([1,2])) |
        m.bincount(m.tensor([],dtype=m.int64),m.tensor([])) |
        m.bincount(m.tensor([1]),m.tensor([1],dtype=m.float32)).dtype |
        m.bincount(m.tensor([1]),m.tensor([2])) | m.bincount(m.tensor([True])) | m.bincount([1]) |
        m.bincount(m.tensor([1]),minlength=m.tensor(3))
    """,
    "dtypes and questions": """
        m.set_default_dtype(m.int64) | m.set_default_dtype('float64') | m.set_default_dtype(None) |
        m.set_default_dtype(3) | m.set_default_dtype(float) | m.finfo(m.int64) | m.finfo(3) |
        m.finfo(m.float32).eps | m.promote_types(m.int64,m.float32) | m.promote_types(1,2) |
        m.promote_types(m.uint8,m.bool) | m.is_tensor(3) | m.is_tensor() | m.is_floating_point(3) |
        m.is_floating_point(m.tensor(3.)) | m.numel(3) | m.numel(m.tensor([1,2])) | m.nonzero(3) |
        m.nonzero(m.tensor(3)) | m.nonzero(m.tensor(0))
    """,
    "forms of tensor": """
        m.tensor() | m.tensor(1,2) | m.tensor(1,m.float64) | m.tensor(data=1) |
        m.tensor(1,dtype=m.bool) | m.tensor(2,dtype=m.bool) | m.tensor(0.5,dtype=m.bool) |
        m.tensor([nan],dtype=m.bool) | m.tensor(nan,dtype=m.int64) | m.tensor(inf,dtype=m.int64) |
        m.tensor(1e30,dtype=m.int64) | m.tensor(300,dtype=m.uint8) | m.tensor(-1.,dtype=m.uint8) |
        m.tensor(300.,dtype=m.uint8) | m.tensor([300,1],dtype=m.uint8) |
        m.tensor(2**40,dtype=m.int32) | m.tensor(2.7,dtype=m.int64) |
        m.tensor(-2.7,dtype=m.int64) | m.tensor(np.array([300]),dtype=m.uint8) |
        m.tensor(np.array([2.7]),dtype=m.int64) | m.tensor(m.tensor([300]),dtype=m.uint8) |
        m.tensor([m.tensor(300)],dtype=m.uint8) | m.tensor([np.int64(300)],dtype=m.uint8) |
        m.tensor([m.tensor(2.7)],dtype=m.int64) | m.tensor([np.float64(2.7)],dtype=m.int64) |
        m.tensor(1,dtype='float32') | m.tensor(1,dtype=float) | m.tensor(1,dtype=3) |
        m.tensor(1,requires_grad=True) | m.tensor(1.,requires_grad=True) |
        m.tensor([1,2],dtype=m.float64,requires_grad=True) | m.tensor(1.,requires_grad=1) |
        m.tensor(1.,device='cpu') | m.tensor(1.,device='foo') | m.tensor(1.,device=3) |
        m.tensor(2**63,dtype=m.float64) | m.tensor(2**64,dtype=m.float64) |
        m.tensor([2**63],dtype=m.float32) | m.tensor(1,foo=2) | m.as_tensor(1,m.float64) |
        m.as_tensor(1,m.float64,'cpu') | m.as_tensor([1],dtype=m.float64) |
        m.as_tensor(1,requires_grad=True) | m.as_tensor([m.ones(2),m.ones(2)]) |
        m.as_tensor(np.float32(1)) | m.as_tensor(m.ones(2),dtype=m.float64) |
        m.as_tensor(m.ones(2,requires_grad=True)).requires_grad | m.as_tensor(np.ones(2)[::-1]) |
        m.as_tensor() | m.as_tensor(data=1) | m.tensor([1e50],dtype=m.float32) |
        m.tensor(-0.0) | m.tensor([True,2],dtype=m.bool) | m.tensor([[]],dtype=m.int64) |
        m.tensor([],dtype=m.int64) | m.tensor([1.5,True],dtype=m.int64)
    """,
    "joining": """
        m.cat(m.ones(2,2)) | m.cat(m.ones(2)) | m.stack(m.ones(2,2)) | m.hstack(m.ones(2,2)) |
        m.vstack(m.ones(2,2)) | m.concat(m.ones(2,2)) | m.cat(tensors=m.ones(2,2)) |
        m.cat(m.ones(2),m.ones(2)) | m.stack(m.ones(2),m.ones(2)) | m.cat([m.ones(2),1.]) |
        m.cat([1.,m.ones(2)]) | m.cat([m.ones(2),[1.]]) | m.cat([m.ones(2),np.ones(2)]) |
        m.stack([m.ones(2),np.ones(2)]) | m.stack([m.ones(()),1.]) | m.hstack([m.ones(2),1.]) |
        m.cat((x for x in [m.ones(2)])) |
        m.stack((x for x in [m.ones(2)])) | m.hstack((x for x in [m.ones(2)])) |
        m.cat({m.ones(2)}) | m.cat({1:m.ones(2)}.values()) | m.cat(3) | m.cat(None) |
        m.stack(None) | m.stack(3) | m.hstack([]) | m.vstack([]) | m.stack(()) | m.cat(()) |
        m.hstack(3) | m.vstack(None) | m.cat('ab') | m.stack('ab') | m.cat([]) | m.cat([None]) |
        m.stack([None]) | m.hstack([None]) | m.meshgrid(m.ones(2,2)) | m.cat([m.ones(2),None]) |
        m.cat(np.ones(2)) | m.stack(np.ones(2)) | m.cat([m.ones(())]) |
        m.cat([m.ones(2),m.ones(2)],1.) | m.cat([m.ones(2)],None) |
        m.cat([m.ones(2)],dim=0,axis=0) | m.cat([m.ones(2),m.ones(2)],True) |
        m.vstack(tensors=[m.ones(2)]) | m.hstack(tensors=[m.ones(2)]) | m.stack([[m.ones(2)]])
    """,
    "devices": """
        m.device('cpu') | m.device('cpu:0') | m.device('cpu:1') | m.device('cpu:-1') |
        m.device('cpu:') | m.device('cpu:x') | m.device('cpu:01') | m.device('CPU') |
        m.device('foo') | m.device('foo:1') | m.device('cuda') | m.device('cuda:0') |
        m.device('cuda:7') | m.device('meta') | m.device('meta:0') | m.device('mps') |
        m.device('xpu') | m.device('hip') | m.device('') | m.device(' cpu') | m.device('cuda',0) |
        m.device('cuda',-1) | m.device('cuda:0',1) | m.device('cuda:0',0) | m.device('cuda',None) |
        m.device('cuda',1.5) | m.device('cuda',True) | m.device('cuda','0') | m.device(None) |
        m.device(1.5) | m.device(['cpu']) | m.device(True) | m.device(m.device('cuda:1')) |
        m.device(m.device('cuda'),1) | m.device(type='cuda',index=1) | m.device('cuda:1:2') |
        m.device('cuda:+1') | m.device() | m.device('cpu')==m.device('cpu:0') |
        m.device('cpu')=='cpu' | m.zeros(1,device='cpu').shape | m.ones(2).to(device='cpu').shape |
        m.rand(1,device='cpu').shape | m.arange(1,device='cpu').shape |
        m.tensor(1,device='cpu').shape | m.zeros(1,device='cpu:0').shape |
        m.ones(2).to(device='cpu:0').shape | m.rand(1,device='cpu:0').shape |
        m.arange(1,device='cpu:0').shape | m.tensor(1,device='cpu:0').shape |
        m.zeros(1,device='cpu:1').shape | m.ones(2).to(device='cpu:1').shape |
        m.rand(1,device='cpu:1').shape | m.arange(1,device='cpu:1').shape |
        m.tensor(1,device='cpu:1').shape | m.zeros(1,device='cpu:-1').shape |
        m.ones(2).to(device='cpu:-1').shape | m.rand(1,device='cpu:-1').shape |
        m.arange(1,device='cpu:-1').shape | m.tensor(1,device='cpu:-1').shape |
        m.zeros(1,device='foo').shape | m.ones(2).to(device='foo').shape |
        m.rand(1,device='foo').shape | m.arange(1,device='foo').shape |
        m.tensor(1,device='foo').shape | m.zeros(1,device='').shape |
        m.ones(2).to(device='').shape | m.rand(1,device='').shape | m.arange(1,device='').shape |
        m.tensor(1,device='').shape | m.zeros(1,device='CPU').shape |
        m.ones(2).to(device='CPU').shape | m.rand(1,device='CPU').shape |
        m.arange(1,device='CPU').shape | m.tensor(1,device='CPU').shape |
        m.zeros(1,device=0).shape | m.ones(2).to(device=0).shape | m.rand(1,device=0).shape |
        m.arange(1,device=0).shape | m.tensor(1,device=0).shape | m.zeros(1,device=1.5).shape |
        m.ones(2).to(device=1.5).shape | m.rand(1,device=1.5).shape |
        m.arange(1,device=1.5).shape | m.tensor(1,device=1.5).shape |
        m.zeros(1,device=None).shape | m.ones(2).to(device=None).shape |
        m.rand(1,device=None).shape | m.arange(1,device=None).shape |
        m.tensor(1,device=None).shape | m.zeros(1,device=True).shape |
        m.ones(2).to(device=True).shape | m.rand(1,device=True).shape |
        m.arange(1,device=True).shape | m.tensor(1,device=True).shape |
        m.zeros(1,device=['cpu']).shape | m.ones(2).to(device=['cpu']).shape |
        m.rand(1,device=['cpu']).shape | m.arange(1,device=['cpu']).shape |
        m.tensor(1,device=['cpu']).shape | m.zeros(1,device=np.int64(0)).shape |
        m.ones(2).to(device=np.int64(0)).shape | m.rand(1,device=np.int64(0)).shape |
        m.arange(1,device=np.int64(0)).shape | m.tensor(1,device=np.int64(0)).shape |
        m.zeros(1,device=m.device('cpu',1)).shape | m.ones(2).to(device=m.device('cpu',1)).shape |
        m.rand(1,device=m.device('cpu',1)).shape | m.arange(1,device=m.device('cpu',1)).shape |
        m.tensor(1,device=m.device('cpu',1)).shape
    """,
    "to": """
        m.ones(2).to() | m.ones(2).to(None) | m.ones(2).to(m.float64) |
        m.ones(2).to(m.float64,True) | m.ones(2).to(m.float64,True,True) |
        m.ones(2).to('cpu',m.float64) | m.ones(2).to('cpu',m.float64,True,True) |
        m.ones(2).to(m.float64,'cpu') | m.ones(2).to(m.ones(2,dtype=m.int64)) |
        m.ones(2).to(m.ones(1).double(),True,True) | m.ones(2).to('cpu',dtype=m.float64) |
        m.ones(2).to(m.float64,dtype=m.float32) | m.ones(2).to('cpu',device='cpu') |
        m.ones(2).to(copy=True) | m.ones(2).to(foo=1) | m.ones(2).to(float) | m.ones(2).to(int) |
        m.ones(2).to(bool) | m.ones(2).to('cpu','cpu') | m.ones(2).to(m.float64,m.float32) |
        m.ones(2).to(m.ones(1),m.float64) | m.ones(2).to('cpu',None) |
        m.ones(2).to(None,m.float64) | m.ones(2).to(None,None) | m.ones(2).to('cpu',1) |
        m.ones(2).to(m.float64,1) | m.ones(2).to(dtype='float64') | m.ones(2).to(dtype=float) |
        m.ones(2).to(non_blocking=1) | m.ones(2).to('float64') | m.ones(2).to(0) |
        m.ones(2).to([1]) | m.ones(2).to(m.float64,False,True) | m.ones(2).to(copy=1) |
        m.ones(2).cpu() | m.ones(2).cpu(1) | m.ones(2).type(m.float64) |
        m.ones(2).type(dtype=m.float64) | m.ones(2).type_as(1) |
        m.ones(2).type_as(m.ones(1).double()) | m.ones(2).float(1) | m.ones(2).long() |
        m.ones(2).to('cpu',True) | m.ones(2).to('cpu',True,True)
    """,
    "seeds": """
        m.manual_seed(0).initial_seed() | m.manual_seed(1).initial_seed() |
        m.manual_seed(-1).initial_seed() | m.manual_seed(2**63).initial_seed() |
        m.manual_seed(2**64-1).initial_seed() | m.manual_seed(2**64).initial_seed() |
        m.manual_seed(-2**63).initial_seed() | m.manual_seed(-2**63-1).initial_seed() |
        m.manual_seed(1.0).initial_seed() | m.manual_seed(1.5).initial_seed() |
        m.manual_seed('1').initial_seed() | m.manual_seed(None).initial_seed() |
        m.manual_seed(True).initial_seed() | m.manual_seed(np.int64(3)).initial_seed() |
        m.manual_seed(np.float64(3)).initial_seed() | m.manual_seed(m.tensor(3)).initial_seed() |
        m.manual_seed(m.tensor(3.)).initial_seed() | m.manual_seed(m.tensor([3])).initial_seed() |
        m.manual_seed(m.tensor([1,2])).initial_seed() | m.manual_seed(nan).initial_seed() |
        m.manual_seed(inf).initial_seed() | m.manual_seed(1e30).initial_seed() |
        m.manual_seed(np.uint64(2**64-1)).initial_seed() |
        m.manual_seed(m.tensor(-1)).initial_seed() | m.manual_seed(np.array(3)).initial_seed() |
        m.Generator().manual_seed(0).initial_seed() |
        m.Generator().manual_seed(-1).initial_seed() |
        m.Generator().manual_seed(2**64-1).initial_seed() |
        m.Generator().manual_seed(2**64).initial_seed() |
        m.Generator().manual_seed(-2**63).initial_seed() |
        m.Generator().manual_seed(-2**63-1).initial_seed() |
        m.Generator().manual_seed(1.0).initial_seed() |
        m.Generator().manual_seed('1').initial_seed() |
        m.Generator().manual_seed(None).initial_seed() |
        m.Generator().manual_seed(True).initial_seed() |
        m.Generator().manual_seed(m.tensor(3)).initial_seed() |
        m.Generator().manual_seed(nan).initial_seed() | m.Generator('cuda') | m.Generator('foo') |
        str(m.Generator('cpu').device) | str(m.Generator(None).device) | m.rand(2,generator=3) |
        m.rand(2,generator=0) | m.rand(2,generator=None).shape |
        m.rand(2,generator=m.Generator()).shape | m.set_rng_state(3) | m.set_rng_state(m.ones(3)) |
        m.randn(2,generator='a') | m.randperm(2,generator=1) | m.randint(2,(2,),generator=1)
    """,
    "draws in place": """
        m.ones(2, dtype=m.float32).uniform_() | m.ones(2, dtype=m.float32).uniform_(1,2) |
        m.ones(2, dtype=m.float32).uniform_(2,1) | m.ones(2, dtype=m.float32).uniform_(1,1) |
        m.ones(2, dtype=m.float32).uniform_(nan,1) | m.ones(2, dtype=m.float32).uniform_(0,inf) |
        m.ones(2, dtype=m.float32).uniform_('a') | m.ones(2, dtype=m.float32).uniform_(None) |
        m.ones(2, dtype=m.float32).uniform_(0.,m.tensor(1.)) |
        m.ones(2, dtype=m.float32).uniform_(-3e38,3e38) | m.ones(2, dtype=m.float32).normal_() |
        m.ones(2, dtype=m.float32).normal_(1,2) | m.ones(2, dtype=m.float32).normal_(1,-2) |
        m.ones(2, dtype=m.float32).normal_(1,0) | m.ones(2, dtype=m.float32).normal_(nan,1) |
        m.ones(2, dtype=m.float32).normal_(0,nan) | m.ones(2, dtype=m.float32).normal_('a',1) |
        m.ones(2, dtype=m.float32).normal_(m.tensor(1.),1) |
        m.ones(2, dtype=m.float32).normal_(mean=1,std=2) |
        m.ones(2, dtype=m.float32).normal_(m.ones(2),1) | m.ones(2, dtype=m.float32).bernoulli_() |
        m.ones(2, dtype=m.float32).bernoulli_(.5) | m.ones(2, dtype=m.float32).bernoulli_(2) |
        m.ones(2, dtype=m.float32).bernoulli_(-.1) | m.ones(2, dtype=m.float32).bernoulli_(nan) |
        m.ones(2, dtype=m.float32).bernoulli_(m.ones(2)) |
        m.ones(2, dtype=m.float32).bernoulli_(m.ones(2,dtype=m.bool)) |
        m.ones(2, dtype=m.float32).bernoulli_(m.ones(2,dtype=m.int64)) |
        m.ones(2, dtype=m.float32).bernoulli_(m.ones(3)) |
        m.ones(2, dtype=m.float32).bernoulli_(m.ones(1)) |
        m.ones(2, dtype=m.float32).bernoulli_('a') | m.ones(2, dtype=m.float32).bernoulli_(True) |
        m.ones(2, dtype=m.float32).bernoulli_(1) | m.ones(2, dtype=m.float32).bernoulli_(None) |
        m.ones(2, dtype=m.float32).bernoulli_(p=.5) | m.ones(2, dtype=m.float32).exponential_() |
        m.ones(2, dtype=m.float32).exponential_(2) | m.ones(2, dtype=m.float32).exponential_(0) |
        m.ones(2, dtype=m.float32).exponential_(-1) |
        m.ones(2, dtype=m.float32).exponential_(nan) |
        m.ones(2, dtype=m.float32).exponential_(inf) |
        m.ones(2, dtype=m.float32).exponential_('a') |
        m.ones(2, dtype=m.float32).uniform_(generator=3) |
        m.ones(2, dtype=m.float32).normal_(generator=3) |
        m.ones(2, dtype=m.float32).bernoulli_(.5,generator=3) |
        m.ones(2, dtype=m.float32).exponential_(generator=3) |
        m.ones(2, dtype=m.float32).bernoulli_(m.tensor([2.,0.])) |
        m.ones(2, dtype=m.float32).bernoulli_(m.tensor(.5)) |
        m.ones(2, dtype=m.float64).uniform_() | m.ones(2, dtype=m.float64).uniform_(1,2) |
        m.ones(2, dtype=m.float64).uniform_(2,1) | m.ones(2, dtype=m.float64).uniform_(1,1) |
        m.ones(2, dtype=m.float64).uniform_(nan,1) | m.ones(2, dtype=m.float64).uniform_(0,inf) |
        m.ones(2, dtype=m.float64).uniform_('a') | m.ones(2, dtype=m.float64).uniform_(None) |
        m.ones(2, dtype=m.float64).uniform_(0.,m.tensor(1.)) |
        m.ones(2, dtype=m.float64).uniform_(-3e38,3e38) | m.ones(2, dtype=m.float64).normal_() |
        m.ones(2, dtype=m.float64).normal_(1,2) | m.ones(2, dtype=m.float64).normal_(1,-2) |
        m.ones(2, dtype=m.float64).normal_(1,0) | m.ones(2, dtype=m.float64).normal_(nan,1) |
        m.ones(2, dtype=m.float64).normal_(0,nan) | m.ones(2, dtype=m.float64).normal_('a',1) |
        m.ones(2, dtype=m.float64).normal_(m.tensor(1.),1) |
        m.ones(2, dtype=m.float64).normal_(mean=1,std=2) |
        m.ones(2, dtype=m.float64).normal_(m.ones(2),1) | m.ones(2, dtype=m.float64).bernoulli_() |
        m.ones(2, dtype=m.float64).bernoulli_(.5) | m.ones(2, dtype=m.float64).bernoulli_(2) |
        m.ones(2, dtype=m.float64).bernoulli_(-.1) | m.ones(2, dtype=m.float64).bernoulli_(nan) |
        m.ones(2, dtype=m.float64).bernoulli_(m.ones(2)) |
        m.ones(2, dtype=m.float64).bernoulli_(m.ones(2,dtype=m.bool)) |
        m.ones(2, dtype=m.float64).bernoulli_(m.ones(2,dtype=m.int64)) |
        m.ones(2, dtype=m.float64).bernoulli_(m.ones(3)) |
        m.ones(2, dtype=m.float64).bernoulli_(m.ones(1)) |
        m.ones(2, dtype=m.float64).bernoulli_('a') | m.ones(2, dtype=m.float64).bernoulli_(True) |
        m.ones(2, dtype=m.float64).bernoulli_(1) | m.ones(2, dtype=m.float64).bernoulli_(None) |
        m.ones(2, dtype=m.float64).bernoulli_(p=.5) | m.ones(2, dtype=m.float64).exponential_() |
        m.ones(2, dtype=m.float64).exponential_(2) | m.ones(2, dtype=m.float64).exponential_(0) |
        m.ones(2, dtype=m.float64).exponential_(-1) |
        m.ones(2, dtype=m.float64).exponential_(nan) |
        m.ones(2, dtype=m.float64).exponential_(inf) |
        m.ones(2, dtype=m.float64).exponential_('a') |
        m.ones(2, dtype=m.float64).uniform_(generator=3) |
        m.ones(2, dtype=m.float64).normal_(generator=3) |
        m.ones(2, dtype=m.float64).bernoulli_(.5,generator=3) |
        m.ones(2, dtype=m.float64).exponential_(generator=3) |
        m.ones(2, dtype=m.float64).bernoulli_(m.tensor([2.,0.])) |
        m.ones(2, dtype=m.float64).bernoulli_(m.tensor(.5)) | m.ones(2, dtype=m.int64).uniform_() |
        m.ones(2, dtype=m.int64).uniform_(1,2) | m.ones(2, dtype=m.int64).uniform_(2,1) |
        m.ones(2, dtype=m.int64).uniform_(1,1) | m.ones(2, dtype=m.int64).uniform_(nan,1) |
        m.ones(2, dtype=m.int64).uniform_(0,inf) |
        m.ones(2, dtype=m.int64).uniform_(0.,m.tensor(1.)) |
        m.ones(2, dtype=m.int64).uniform_(-3e38,3e38) | m.ones(2, dtype=m.int64).normal_() |
        m.ones(2, dtype=m.int64).normal_(1,2) | m.ones(2, dtype=m.int64).normal_(1,-2) |
        m.ones(2, dtype=m.int64).normal_(1,0) | m.ones(2, dtype=m.int64).normal_(nan,1) |
        m.ones(2, dtype=m.int64).normal_(0,nan) |
        m.ones(2, dtype=m.int64).normal_(m.tensor(1.),1) |
        m.ones(2, dtype=m.int64).normal_(mean=1,std=2) | m.ones(2, dtype=m.int64).bernoulli_() |
        m.ones(2, dtype=m.int64).bernoulli_(.5) | m.ones(2, dtype=m.int64).bernoulli_(2) |
        m.ones(2, dtype=m.int64).bernoulli_(-.1) | m.ones(2, dtype=m.int64).bernoulli_(nan) |
        m.ones(2, dtype=m.int64).bernoulli_(m.ones(2)) |
        m.ones(2, dtype=m.int64).bernoulli_(m.ones(2,dtype=m.bool)) |
        m.ones(2, dtype=m.int64).bernoulli_(m.ones(2,dtype=m.int64)) |
        m.ones(2, dtype=m.int64).bernoulli_(m.ones(3)) |
        m.ones(2, dtype=m.int64).bernoulli_(m.ones(1)) | m.ones(2, dtype=m.int64).bernoulli_('a') |
        m.ones(2, dtype=m.int64).bernoulli_(True) | m.ones(2, dtype=m.int64).bernoulli_(1) |
        m.ones(2, dtype=m.int64).bernoulli_(None) | m.ones(2, dtype=m.int64).bernoulli_(p=.5) |
        m.ones(2, dtype=m.int64).exponential_() | m.ones(2, dtype=m.int64).exponential_(2) |
        m.ones(2, dtype=m.int64).exponential_(0) | m.ones(2, dtype=m.int64).exponential_(-1) |
        m.ones(2, dtype=m.int64).exponential_(nan) | m.ones(2, dtype=m.int64).exponential_(inf) |
        m.ones(2, dtype=m.int64).bernoulli_(.5,generator=3) |
        m.ones(2, dtype=m.int64).bernoulli_(m.tensor([2.,0.])) |
        m.ones(2, dtype=m.int64).bernoulli_(m.tensor(.5))
    """,
}

DATA = """
    [1.,np.float64(2.)] | [np.float64(2.),1.] | [1.,m.tensor(2.,dtype=m.float64)] |
    [1.,m.tensor(2.)] | [1,m.tensor(2.,dtype=m.float64)] | ((7,5),(9,np.array(5.))) | [1,True] |
    [True,1] | [True,1.5] | [True,False] | [1,2.5] | [2**63] | 2**63 | [2**62,1.5] | [2**63,1.5] |
    [2**64,1.5] | -2**63 | -2**63-1 | [] | [[]] | [[],[]] | [[1],[]] | [1,[2]] | [[1],2] |
    [[1,2],[3]] | [[[1]],[[1,2]]] | np.float32(1) | np.float64(1) | np.int32(1) | np.int64(1) |
    np.uint8(1) | np.bool_(True) | np.uint64(2**64-1) | [np.uint64(2**63)] | [np.float32(1),1.] |
    [1.,np.float32(1)] | [np.float32(1),np.float64(1)] | [np.int32(1),1] | [1,np.int32(1)] |
    [np.int32(1)] | [np.int32(1),np.int32(1)] | [np.uint8(1)] | [np.int32(1),1.] |
    [np.int32(1),np.float32(1)] | [np.float32(1),1] | [np.float32(1),True] | [np.bool_(True)] |
    [np.array([1,2]),np.array([3,4])] | [np.array([1.,2.]),np.array([3.,4.])] |
    [np.array([1.,2.],np.float32),np.array([3.,4.],np.float64)] |
    [np.array([1,2],np.int32),np.array([3,4],np.int32)] | [np.array([1,2]),[3,4]] |
    [[3,4],np.array([1.,2.])] | [np.array([1,2]),[3.5,4]] | [np.array([1]),np.array([1,2])] |
    [np.array([1]),2] | [2,np.array([1])] | (np.array([1]),) | [np.array([[1.]])] |
    [np.array([])] | [m.tensor(1),m.tensor(2)] | [m.tensor(1.),m.tensor(2)] |
    [m.tensor(1),m.tensor(2.)] | [m.tensor([1]),m.tensor([2])] | [m.tensor([1.]),m.tensor([2.])] |
    [m.tensor([[1.]])] | [[m.tensor(1)],[m.tensor(2.)]] | [m.tensor([1,2]),m.tensor([3,4])] |
    [m.ones(2),m.ones(2)] | [m.ones(1),m.ones(1)] | [m.ones(1),1.] | [1.,m.ones(1)] |
    [1.,m.ones(2)] | [m.ones(2),1.] | [m.ones(0)] | [m.ones(0),m.ones(0)] | [m.ones(1,2)] |
    [[m.ones(1)]] | [[m.ones(2)]] | m.ones(2) | m.ones(2,requires_grad=True) |
    [m.tensor(1.,requires_grad=True)] | m.tensor(1) | m.tensor(1,dtype=m.int32) |
    [m.tensor(1,dtype=m.int32)] | [m.tensor(1,dtype=m.uint8),m.tensor(1,dtype=m.int32)] |
    [m.tensor(1,dtype=m.uint8),1] | [m.tensor(True)] | [m.tensor(True),m.tensor(1)] |
    [m.tensor(1.,dtype=m.float64),m.tensor(1.)] | [m.tensor(1.),np.float64(1)] |
    [m.tensor(1),np.float32(1)] | [m.tensor(1.),1] | [m.tensor(1),1.] | 'text' | None | [None] |
    [1,None] | {'a':1} | {1,2} | [{1}] | object() | [object()] | range(3) | [range(3)] |
    [range(3),range(3)] | (1,2) | ((1,2),[3,4]) | (x for x in [1]) | map(int,[1]) |
    dict(a=1).values() | b'a' | bytearray(b'ab') | np.array(['a']) | np.array([None]) |
    np.array([1,'a'],object) | np.array([1],object) | np.array([1],'>i4') | np.ones(2)[::-1] |
    np.ones((2,3)).T | np.datetime64('2020-01-01') | np.timedelta64(1) | np.matrix([[1,2]]) |
    np.ma.array([1,2]) | float('nan') | [float('inf')] | 1e400 | 1e50 | [1e50] |
    [np.float64(1e50),1] | True | False | [[True],[1]] | [[1],[1.5]] | [[1],[True]] |
    [[True],[False]] | [[1,2],[3,4.5]] | [[[1]],[[2.]]] | [[[]]] | [[1],[[1]]] | [[[1]],[1]] |
    [1,"a"] | [1.5,"a"] | m.nn.Parameter(m.ones(2)) | [m.nn.Parameter(m.tensor(1.))] | type | int |
    [int] | ... | slice(1) | [[[[1.]]]] | np.array(1.) | memoryview(b'ab') | [[0]*3]*2 |
    [0.5,10**30] | [10**30] | [10**400,.5] | [-1,2**63-1] | [True,m.tensor(2)] |
    [1,np.array(2,np.int32)] | [1.,np.array(2.,np.float32)] | [np.array([2.],np.float32),[1.]] |
    [[1.],np.array([2.],np.float32)] | [np.float32(.1),.1]
"""

# What PyTorch takes and minigrad refuses on purpose: other dtypes, conversions that lose digits, gradients that are 0.
REFUSED = """
    m.arange(1.5,dtype=m.int64) | m.arange(0.5,3.5,dtype=m.int64) |
    m.arange(0,3,1.5,dtype=m.int64) | m.arange(3.7,0,-1,dtype=m.int64) |
    m.arange(2.5,dtype=m.int32) | m.linspace(0,1j,3) | m.linspace(0,10,5,dtype=m.int64) |
    m.linspace(0,7,4,dtype=m.int64) | m.linspace(0,-7,4,dtype=m.int64) |
    m.linspace(1.9,7.1,5,dtype=m.int64) | m.linspace(-5,5,4,dtype=m.int32) | m.full((2,),1j) |
    m.full((2,),-1,dtype=m.uint8) | m.full_like(m.tensor([1],dtype=m.uint8),-1) |
    m.normal(m.tensor([1.,2.],requires_grad=True)).requires_grad |
    m.normal(m.tensor([1.,2.]),m.tensor([1.,2.],requires_grad=True)).requires_grad |
    m.bernoulli(m.tensor([.5],requires_grad=True)).requires_grad |
    m.multinomial(m.tensor([1.,0.]),2) | m.from_numpy(np.array([1j])) |
    m.from_numpy(np.ones(2,np.float16)).dtype | m.tensor([[],[1]]) | m.tensor(np.int16(1)) |
    m.tensor([np.int16(1)]) | m.tensor(np.float16(1)) | m.tensor([np.float16(1)]) |
    m.tensor([np.float16(1),np.float32(1)]) | m.tensor(1j) | m.tensor([1j]) | m.tensor([1,1j]) |
    m.tensor(np.complex64(1)) | m.tensor([[],[[]]]) | m.tensor([[[]],[]]) |
    m.tensor(np.array(2**63,np.uint64)) | m.tensor(-1,dtype=m.uint8) |
    m.as_tensor(np.array([1],np.int16)).dtype
"""

SIZES = """
    () | (2, 3) | [2, 3] | [] | m.tensor(3) | m.tensor([2, 3]) | [m.tensor(2), 3] | (m.tensor(2), m.tensor([3])) |
    np.int64(3) | (np.int64(2), 3) | np.array([2, 3]) | np.uint8(3) | m.tensor(3.0) | (m.tensor(3.0),) | 3 | 3.0 |
    (2, 3.0) | True | (True,) | "3" | b"3" | None | (None,) | nan | inf | [[2, 3]] | -1 | (2, -1) | (-1,) | -(2**63) |
    2**62 | 2**63 | (2**63,) | 10**25 | (2**40, 2**40) | (0, 2**40, 2**40) | range(3) | {2} | np.float64(3) |
    np.bool_(True) | 1j
"""

OF_ONE_SIZE = """
    m.zeros({}) | m.ones({}) | m.empty({}).shape | m.rand({}) | m.randn({}) | m.ones(1).new_zeros({}) |
    m.zeros(size={}) | m.rand(size={}) | m.full({}, 1.0) | m.randint(5, {}) |
    m.randint(5, size={}) | m.normal(0.0, 1.0, {}) | m.eye({}) |
    m.eye({}, 2) | m.randperm({}) | m.linspace(0, 1, {}) | m.tril_indices({}, 2) | m.triu_indices(2, {}) |
    m.tril_indices(2, 2, {}) | m.multinomial(m.ones(3), {}, True)
"""
